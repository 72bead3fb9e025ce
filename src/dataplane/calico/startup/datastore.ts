import type { KubeClient } from '../../../kube/client.ts'
import type { CustomResourceDefinition } from '../../../kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../kube/resources.ts'

const GROUP = 'crd.projectcalico.org'
/** What Calico's programs can't work without. */
const NEEDED = [
  'bgpconfigurations',
  'bgppeers',
  'blockaffinities',
  'clusterinformations',
  'felixconfigurations',
  'globalnetworkpolicies',
  'globalnetworksets',
  'hostendpoints',
  'ipamblocks',
  'ipamconfigs',
  'ipamhandles',
  'ippools',
  'ipreservations',
  'kubecontrollersconfigurations',
  'networkpolicies',
  'networksets',
]

/** Resolves when the API serves all of Calico's kinds. @throws the signal's reason. @param missing is told once which it waits for */
export async function whenKindsAreServed(
  client: Pick<KubeClient, 'informer'>,
  missing: (kinds: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const informer = client.informer(CUSTOM_RESOURCE_DEFINITIONS)
  await informer.synced
  const absent = () => {
    const served = new Set(informer.list().flatMap((one) => (isEstablished(one) ? one.metadata.name : [])))
    return NEEDED.filter((plural) => !served.has(`${plural}.${GROUP}`))
  }
  try {
    signal.throwIfAborted()
    if (absent().length === 0) return
    missing(absent())
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      informer.onChange(() => {
        if (absent().length === 0) resolve()
      })
    })
  } finally {
    informer.stop()
  }
}

/** What whoever waits for them says of it. */
export const waitingForKinds = (missing: readonly string[]): string =>
  `Waiting for kinds of ${GROUP}: ${missing.join(', ')}.`

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Established' && one.status === 'True')
}
