import type { Informer, KubeClient } from '../../../kube/client.ts'
import { KUBE_CONTROLLERS_CONFIGURATIONS, type KubeControllersConfiguration } from '../resources.ts'
import { createUnlessThere, own } from './create-unless-there.ts'

const NAME = 'default'
const RECONCILER = { reconcilerPeriod: '5m0s' }
const LEAK_GRACE_MS = 15 * 60_000

/** What calico/kube-controllers stores when there is nothing of the kind. */
const SPEC: KubeControllersConfiguration['spec'] = {
  controllers: {
    namespace: RECONCILER,
    node: {
      ...RECONCILER,
      hostEndpoint: { autoCreate: 'Disabled' },
      leakGracePeriod: '15m0s',
      syncLabels: 'Enabled',
    },
    policy: RECONCILER,
    serviceAccount: RECONCILER,
    workloadEndpoint: RECONCILER,
  },
  etcdV3CompactionPeriod: '10m0s',
  healthChecks: 'Enabled',
  logSeverityScreen: 'Info',
  prometheusMetricsPort: 9094,
}

/** The configuration `default`, made where there is none, as it changes. The caller stops it. */
export async function controllersConfiguration(
  client: Pick<KubeClient, 'get' | 'create' | 'informer'>,
): Promise<Informer<KubeControllersConfiguration>> {
  const object = { ...own('KubeControllersConfiguration', NAME), spec: SPEC }
  await createUnlessThere(client, KUBE_CONTROLLERS_CONFIGURATIONS, object)
  const informer = client.informer(KUBE_CONTROLLERS_CONFIGURATIONS)
  await informer.synced
  return informer
}

/** How long an address may be without its pod, in ms; for ever when that is set to 0, as upstream: markLeak. */
export function leakGraceMs(configurations: Informer<KubeControllersConfiguration>): number {
  const { controllers } = configurations.get({ name: NAME })?.spec ?? {}
  return (durationMs(controllers?.node?.leakGracePeriod ?? '') ?? LEAK_GRACE_MS) || Infinity
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A duration as Go writes it, 1h15m0s; undefined for what is none. */
function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNIT_MS[unit] ?? 0), 0)
}
