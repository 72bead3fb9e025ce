import { CniError } from './cni-error.ts'
import type { PluginConf } from './conf.ts'
import { NO_EFFECTS, type Effects } from './effects.ts'
import type { CniResult } from './result.ts'

/** The plugin that limits what a pod sends and gets: nothing is limited here, so it passes on what it is given. Calico's own manifest names it. */
export function planBandwidth(conf: PluginConf): Effects {
  const result = conf['prevResult'] as CniResult | undefined
  if (!result) throw new CniError('must be called as chained plugin')
  return { ...NO_EFFECTS, result }
}
