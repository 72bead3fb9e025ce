import { LabError } from '../base/errors.ts'
import type { Node, Pod } from '../kube/objects.ts'

const APP_LABELS = ['app', 'app.kubernetes.io/name', 'k8s-app', 'name', 'run']

/** Whether a lab means this pod by `name`: its own name, its app label, or the name of what owns it. */
function isCalled(pod: Pod, name: string): boolean {
  const labels = pod.metadata.labels ?? {}
  return (
    pod.metadata.name === name ||
    APP_LABELS.some((label) => labels[label] === name) ||
    (pod.metadata.ownerReferences ?? []).some(
      (owner) => owner.name === name || owner.name.replace(/-[a-z0-9]+$/, '') === name,
    )
  )
}

const place = (pod: Pod) => `${pod.spec?.nodeName ?? '~'} ${pod.metadata.name}`

/** Pods of that name that are not on their way out, by node and name: the first and the last sit apart if any do. */
export function podsCalled(pods: readonly Pod[], name: string): Pod[] {
  return pods
    .filter((pod) => !pod.metadata.deletionTimestamp && isCalled(pod, name))
    .sort((a, b) => place(a).localeCompare(place(b)))
}

/** Picks by position (negative from the end), by node, or all with `*`. */
export function pick(pods: readonly Pod[], index: number | string | undefined): Pod[] {
  if (index === '*') return [...pods]
  const found =
    typeof index === 'number'
      ? pods.at(index)
      : pods.find((pod) => index === undefined || pod.spec?.nodeName === index)
  return found ? [found] : []
}

/** Reads `hello-kubernetes[0]`. @throws LabError KNET_NO_POD. */
export function podAt(pods: readonly Pod[], selector: string): Pod {
  const [, name = selector, index] = /^([^[]+)(?:\[([^\]]+)\])?$/.exec(selector) ?? []
  const [pod] = pick(
    podsCalled(pods, name),
    index !== undefined && /^-?\d+$/.test(index) ? Number(index) : index,
  )
  if (pod) return pod
  throw new LabError('KNET_NO_POD', { message: `There is no pod ${selector}.` })
}

export function internalAddress(node: Node): string | undefined {
  return node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address
}

/** The MAC of a node's flannel.1, from the annotation by which flannel tells the other nodes. */
export function vtepMac(node: Node): string | undefined {
  const data = node.metadata.annotations?.['flannel.alpha.coreos.com/backend-data']
  return /"VtepMAC":"([^"]+)"/.exec(data ?? '')?.[1]
}
