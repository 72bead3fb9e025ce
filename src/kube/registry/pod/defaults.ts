import type { Container, PodSpec, Probe } from '../../objects.ts'
import { canonicalQuantity } from '../quantity.ts'

// Upstream's pkg/apis/core/v1/defaults.go. Each function here changes the copy that defaultPodSpec has made.

const FILE_MODE = 0o644
const TOKEN_SECONDS = 3600

type Volume = NonNullable<PodSpec['volumes']>[number]
type Quantities = { [resource: string]: string } | undefined
type HttpGet = { path?: string; scheme?: string }

function defaultHttpGet(httpGet: HttpGet | undefined): void {
  if (!httpGet) return
  httpGet.path ||= '/'
  httpGet.scheme ||= 'HTTP'
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  defaultHttpGet(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function canonical(quantities: Quantities): void {
  for (const [resource, amount] of Object.entries(quantities ?? {})) {
    if (quantities) quantities[resource] = canonicalQuantity(amount)
  }
}

/** The tag decides: what may move (latest) is pulled each time. */
function pullPolicy(image: string): string {
  const [name = '', digest] = image.split('@')
  const tag = name.slice(name.lastIndexOf('/') + 1).split(':')[1]
  return digest === undefined && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent'
}

function defaultContainer(container: Container): void {
  container.resources ??= {}
  canonical(container.resources.limits)
  canonical(container.resources.requests)
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  container.imagePullPolicy ||= pullPolicy(container.image ?? '')
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1'
  }
  defaultProbe(container.livenessProbe)
  defaultProbe(container.readinessProbe)
  defaultProbe(container.startupProbe)
  defaultHttpGet(container.lifecycle?.postStart?.httpGet)
  defaultHttpGet(container.lifecycle?.preStop?.httpGet)
}

function defaultDownwardItems(items: { fieldRef?: { apiVersion?: string } }[] | undefined): void {
  for (const { fieldRef } of items ?? []) if (fieldRef) fieldRef.apiVersion ||= 'v1'
}

function defaultVolume(volume: Volume): void {
  const { name: _, ...sources } = volume
  if (Object.values(sources).every((source) => source === undefined || source === null)) volume.emptyDir = {}
  const { configMap, secret, downwardAPI, projected, hostPath } = volume
  if (configMap) configMap.defaultMode ??= FILE_MODE
  if (secret) secret.defaultMode ??= FILE_MODE
  if (hostPath) hostPath.type ??= ''
  if (downwardAPI) downwardAPI.defaultMode ??= FILE_MODE
  defaultDownwardItems(downwardAPI?.items)
  if (!projected) return
  projected.defaultMode ??= FILE_MODE
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS
    defaultDownwardItems(source.downwardAPI?.items)
  }
}

/** The defaults that a pod template has too. */
export function defaultPodSpec(given: PodSpec | undefined): PodSpec {
  const spec: PodSpec = { containers: [], ...structuredClone(given) }
  const ephemeral = (spec.ephemeralContainers ?? []) as Container[]
  for (const container of [...spec.containers, ...(spec.initContainers ?? []), ...ephemeral]) {
    defaultContainer(container)
  }
  spec.volumes?.forEach(defaultVolume)
  spec.restartPolicy ||= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.securityContext ??= {}
  spec.schedulerName ||= 'default-scheduler'
  // The old name of the field goes on being written.
  if (spec.serviceAccountName || spec.serviceAccount) {
    spec.serviceAccountName ||= spec.serviceAccount
    spec.serviceAccount = spec.serviceAccountName
  }
  return spec
}

/** The defaults that only pods have: limits without requests, ports on the host's network, service links. */
export function defaultPodOnly(given: PodSpec): PodSpec {
  const spec = structuredClone(given)
  spec.enableServiceLinks ??= true
  for (const { resources, ports } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests }
    if (spec.hostNetwork) for (const port of ports ?? []) port.hostPort ||= port.containerPort
  }
  return spec
}
