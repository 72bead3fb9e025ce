import { EXIT, LabError } from '../base/errors.ts'
import type { Environment } from '../cluster/environment.ts'
import { NODES } from '../kube/resources.ts'
import type { Driver } from '../machine/driver.ts'
import type { Invocation } from './command.ts'
import type { App } from './compose.ts'

/** Of commands that bring k3s up, or take it along. */
export const K3S_VERSION_OPTION = {
  flags: '--k3s-version <version>',
  summary: 'another k3s than the pinned one, such as v1.30.4+k3s1',
}

/**
 * As if KNET_K3S_VERSION said what --k3s-version says.
 * @throws LabError KNET_USAGE for what is no version, and where there is no choice.
 */
export async function withK3sVersion(app: App, options: Invocation['options']): Promise<App> {
  const asked = options['k3sVersion']
  if (typeof asked !== 'string') return app
  if (options['cluster'] === 'own' || (options['driver'] === 'sandbox' && options['cluster'] === undefined))
    throw noChoice('The sandbox’s own Kubernetes is no k3s.', 'Take k3s: --cluster k3s, or --driver docker')
  if (app.env['KNET_K3S_BIN'])
    throw noChoice('KNET_K3S_BIN names a k3s already, whatever its version.', 'unset KNET_K3S_BIN')
  const [{ composeApp }, { k3sVersion }] = await Promise.all([
    import('./compose.ts'),
    import('../assets/releases.ts'),
  ])
  const env = { ...app.env, KNET_K3S_VERSION: asked }
  k3sVersion(env)
  return composeApp({ ...app, env })
}

/** The driver that is asked for: who asks for a k3s and says no more means the one that runs nothing else. */
export function driverAsked({ driver, cluster, k3sVersion }: Invocation['options']): string | undefined {
  if (typeof driver === 'string') return driver
  return k3sVersion !== undefined && cluster === undefined ? 'docker' : undefined
}

/**
 * What to say to who asks for another k3s than the one that a lab runs, as machines keep theirs; undefined where nobody does.
 * @param driver of the lab's machines
 */
export async function otherVersion(
  { env }: App,
  { name, cluster }: Environment,
  driver: Driver,
): Promise<string | undefined> {
  if (!cluster || !env['KNET_K3S_VERSION'] || env['KNET_K3S_BIN']) return undefined
  const { k3sVersion } = await import('../assets/releases.ts')
  const asked = k3sVersion(env)
  const { items } = await cluster.kube.list(NODES)
  const there = items[0]?.status?.nodeInfo?.kubeletVersion
  if (there === undefined || there === asked) return undefined
  const kind = driver.name === 'sandbox' ? '--cluster k3s' : `--driver ${driver.name}`
  return `${name} runs k3s ${there}, as it was made. For ${asked}: knet-labs stop ${name} && knet-labs start ${name} ${kind} --k3s-version ${asked}`
}

const noChoice = (why: string, hint: string) =>
  new LabError('KNET_USAGE', {
    message: `--k3s-version can’t be asked for here. ${why}`,
    hint,
    exitCode: EXIT.usage,
  })
