import type { Service } from '../objects.ts'

type Env = Record<string, string>

/**
 * Environment variables that lead to services: Kubernetes' {NAME}_SERVICE_HOST and Docker links. The master service is
 * always among them, those of the pod's own namespace when it wants links. Upstream: pkg/kubelet/envvars.
 */
export function serviceEnv(services: readonly Service[], namespace: string, enableServiceLinks = true): Env {
  const env: Env = {}
  for (const service of services) {
    const { metadata } = service
    const isMaster = metadata.namespace === 'default' && metadata.name === 'kubernetes'
    if (isMaster && !(metadata.name in env)) Object.assign(env, variables(service))
  }
  if (!enableServiceLinks) return env
  for (const service of services) {
    if (service.metadata.namespace === namespace) Object.assign(env, variables(service))
  }
  return env
}

function variables({ metadata, spec }: Service): Env {
  const { clusterIP: ip, ports = [] } = spec ?? {}
  const [first] = ports
  if (!ip || ip === 'None' || !first) return {}
  const prefix = metadata.name.replaceAll('-', '_').toUpperCase()
  const env: Env = { [`${prefix}_SERVICE_HOST`]: ip, [`${prefix}_SERVICE_PORT`]: String(first.port) }
  env[`${prefix}_PORT`] = `${(first.protocol ?? 'TCP').toLowerCase()}://${ip}:${first.port}`
  for (const { name, port, protocol = 'TCP' } of ports) {
    if (name) env[`${prefix}_SERVICE_PORT_${name.replaceAll('-', '_').toUpperCase()}`] = String(port)
    const link = `${prefix}_PORT_${port}_${protocol}`
    env[link] = `${protocol.toLowerCase()}://${ip}:${port}`
    env[`${link}_PROTO`] = protocol.toLowerCase()
    env[`${link}_PORT`] = String(port)
    env[`${link}_ADDR`] = ip
  }
  return env
}
