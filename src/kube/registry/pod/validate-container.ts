import type { Container, PodSpec } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { duplicate, invalid, notSupported, required } from '../field-error.ts'
import { label, portName } from '../names.ts'
import { validatePort, validateProtocol } from '../ports.ts'
import { validateEnv } from './validate-env.ts'
import { validateHandler, validateProbe } from './validate-probe.ts'
import { validateResources } from './validate-resources.ts'
import { validateMounts } from './validate-volume.ts'

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never']
const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File']

type Ports = NonNullable<Container['ports']>

function validatePorts(ports: Ports, at: string, hostNetwork: boolean): FieldError[] {
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const field = `${at}[${i}]`
    const isSecond = Boolean(name) && ports.findIndex((port) => port.name === name) < i
    const offHost = hostNetwork && Boolean(hostPort) && hostPort !== containerPort
    return [
      ...(name ? portName(name).map((fault) => invalid(`${field}.name`, name, fault)) : []),
      ...(isSecond ? [duplicate(`${field}.name`, name)] : []),
      ...(containerPort
        ? validatePort(containerPort, `${field}.containerPort`)
        : [required(`${field}.containerPort`)]),
      ...(hostPort ? validatePort(hostPort, `${field}.hostPort`) : []),
      ...(offHost
        ? [
            invalid(
              `${field}.containerPort`,
              containerPort,
              'must match `hostPort` when `hostNetwork` is true',
            ),
          ]
        : []),
      ...validateProtocol(protocol, `${field}.protocol`),
    ]
  })
}

function validateName(name: string, isTaken: boolean, at: string): FieldError[] {
  if (!name) return [required(`${at}.name`)]
  const fault = label(name)
  if (fault) return [invalid(`${at}.name`, name, fault)]
  return isTaken ? [duplicate(`${at}.name`, name)] : []
}

function validateImage(image: string | undefined, at: string): FieldError[] {
  if (!image) return [required(`${at}.image`)]
  if (image.trim() === image) return []
  return [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')]
}

function validatePolicies(container: Container, at: string): FieldError[] {
  const { imagePullPolicy: pull = '', terminationMessagePolicy: message = '' } = container
  return [
    ...(PULL_POLICIES.includes(pull) ? [] : [notSupported(`${at}.imagePullPolicy`, pull, PULL_POLICIES)]),
    ...(MESSAGE_POLICIES.includes(message)
      ? []
      : [notSupported(`${at}.terminationMessagePolicy`, message, MESSAGE_POLICIES)]),
  ]
}

function validateContainer(container: Container, spec: PodSpec, at: string): FieldError[] {
  const { ports = [], env = [], volumeMounts = [], lifecycle } = container
  return [
    ...validateImage(container.image, at),
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, `${at}.lifecycle.postStart`) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, `${at}.lifecycle.preStop`) : []),
    ...validateProbe(container.livenessProbe, `${at}.livenessProbe`, true),
    ...validateProbe(container.readinessProbe, `${at}.readinessProbe`, false),
    ...validateProbe(container.startupProbe, `${at}.startupProbe`, true),
    ...validatePorts(ports, `${at}.ports`, spec.hostNetwork ?? false),
    ...validateEnv(env, `${at}.env`),
    ...validateMounts(volumeMounts, spec.volumes ?? [], `${at}.volumeMounts`),
    ...validatePolicies(container, at),
    ...validateResources(container.resources, `${at}.resources`),
  ]
}

/** Ports on the node are the pod's, not a container's: two containers can't have the same. */
function validateHostPorts(containers: readonly Container[], at: string): FieldError[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports = [] }, c) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol }, p) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) return [duplicate(`${at}[${c}].ports[${p}].hostPort`, key)]
      taken.add(key)
      return []
    }),
  )
}

/** Rules of a pod's containers, ordinary and init. `at` is where the pod spec is. */
export function validateContainers(spec: PodSpec, at: string): FieldError[] {
  const { containers, initContainers = [] } = spec
  if (containers.length === 0) return [required(`${at}.containers`)]
  const names = [...containers, ...initContainers].map(({ name }) => name)
  const one = (container: Container, order: number, field: string) => [
    ...validateName(container.name, names.indexOf(container.name) < order, field),
    ...validateContainer(container, spec, field),
  ]
  return [
    ...containers.flatMap((container, i) => one(container, i, `${at}.containers[${i}]`)),
    ...validateHostPorts(containers, `${at}.containers`),
    ...initContainers.flatMap((container, i) =>
      one(container, containers.length + i, `${at}.initContainers[${i}]`),
    ),
  ]
}
