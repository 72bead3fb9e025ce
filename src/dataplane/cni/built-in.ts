import type { Attachment } from './attachment.ts'
import { planBandwidth } from './bandwidth-plugin.ts'
import { planBridge, removeBridge } from './bridge-plugin.ts'
import { planCalico, removeCalico, requireNodename } from './calico-plugin.ts'
import type { PluginConf } from './conf.ts'
import type { Effects } from './effects.ts'
import { planFlannel, removeFlannel } from './flannel-plugin.ts'
import { planLoopback } from './loopback-plugin.ts'
import type { NodeFacts } from './node-facts.ts'
import { NOTHING_TO_REMOVE, type Removal } from './removal.ts'
import { planPortmap, removePortmap } from './portmap-plugin.ts'

export interface BuiltIn {
  /** @throws CniError in the plugin's words. May change `facts.ledger`. */
  add(conf: PluginConf, attachment: Attachment, facts: NodeFacts): Effects
  /** What has to hold before addresses are asked for. @throws CniError */
  check?(facts: NodeFacts): void
  remove(conf: PluginConf, attachment: Attachment): Removal
}

/** The plugins we stand in for, when the node has no executable of that name. */
export const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map<string, BuiltIn>([
  ['flannel', { add: planFlannel, remove: removeFlannel }],
  ['bridge', { add: planBridge, remove: removeBridge }],
  ['calico', { check: requireNodename, add: planCalico, remove: removeCalico }],
  ['bandwidth', { add: planBandwidth, remove: () => NOTHING_TO_REMOVE }],
  ['portmap', { add: planPortmap, remove: removePortmap }],
  ['loopback', { add: planLoopback, remove: () => NOTHING_TO_REMOVE }],
])
