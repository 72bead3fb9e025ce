import type { Container, Pod, PodSpec, Toleration } from '../../objects.ts'
import { SERVICE_ACCOUNTS } from '../../resources.ts'
import type { RegistryContext } from '../definition.ts'

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
/** An hour, and a little more, so that tokens of the admission controller can be told from others. As upstream. */
const TOKEN_SECONDS = 3607
const FILE_MODE = 0o644
const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
}

type Volume = NonNullable<PodSpec['volumes']>[number]

/** The volume that gives a pod its token, the cluster's CA and its namespace. */
function accessVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: FILE_MODE,
    },
  }
}

function wantsToken({ metadata, spec }: Pod, account: string, context: RegistryContext): boolean {
  if (spec?.automountServiceAccountToken !== undefined) return spec.automountServiceAccountToken
  const accounts = context.list(SERVICE_ACCOUNTS, metadata.namespace ? { namespace: metadata.namespace } : {})
  return accounts.find(({ metadata }) => metadata.name === account)?.automountServiceAccountToken ?? true
}

function withMount(container: Container, name: string): Container {
  const mounts = container.volumeMounts ?? []
  if (mounts.some(({ mountPath }) => mountPath === TOKEN_PATH)) return container
  return { ...container, volumeMounts: [...mounts, { name, readOnly: true, mountPath: TOKEN_PATH }] }
}

/** As the ServiceAccount admission controller: an account, and its token where the pod can read it. */
export function withServiceAccount(pod: Pod, context: RegistryContext, suffix: () => string): Pod {
  const account = pod.spec?.serviceAccountName || 'default'
  const spec: PodSpec = { containers: [], ...pod.spec, serviceAccountName: account, serviceAccount: account }
  const isMirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined
  if (isMirror || !wantsToken(pod, account, context)) return { ...pod, spec }
  const all = [...spec.containers, ...(spec.initContainers ?? [])]
  const mountsOwn = (container: Container) =>
    container.volumeMounts?.some(({ mountPath }) => mountPath === TOKEN_PATH) ?? false
  if (all.every(mountsOwn)) return { ...pod, spec }
  const name = `kube-api-access-${suffix()}`
  const mounted = (containers: Container[]) => containers.map((container) => withMount(container, name))
  return {
    ...pod,
    spec: {
      ...spec,
      volumes: [...(spec.volumes ?? []), accessVolume(name)],
      containers: mounted(spec.containers),
      ...(spec.initContainers && { initContainers: mounted(spec.initContainers) }),
    },
  }
}

/** As the DefaultTolerationSeconds admission controller: how long a pod stays on a node that is lost. */
export function withDefaultTolerations(spec: PodSpec, tolerationSeconds: number): PodSpec {
  const given = spec.tolerations ?? []
  const tolerates = (key: string) =>
    given.some((one) => (!one.key || one.key === key) && (!one.effect || one.effect === 'NoExecute'))
  const added: Toleration[] = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !tolerates(key))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }))
  return added.length ? { ...spec, tolerations: [...given, ...added] } : spec
}

/** As the Priority admission controller, knowing the two classes that upstream makes itself. */
export function withPriority(spec: PodSpec): PodSpec {
  const priority = SYSTEM_PRIORITIES[spec.priorityClassName ?? ''] ?? 0
  return { ...spec, priority, preemptionPolicy: spec.preemptionPolicy ?? 'PreemptLowerPriority' }
}
