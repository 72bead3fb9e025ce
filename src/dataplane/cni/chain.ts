import { quoted } from '../../machine/quote.ts'
import { messageOf } from '../../base/errors.ts'
import type { Machine } from '../../machine/machine.ts'
import { pluginInput, type Attachment } from './attachment.ts'
import { BUILT_INS } from './built-in.ts'
import { cacheEntry, cachePath } from './cache.ts'
import { CniError, pluginFailed } from './cni-error.ts'
import type { Network } from './conf.ts'
import { applyEffects, inSequence, NO_EFFECTS, type Effects } from './effects.ts'
import { execPlugin, PLUGIN_DIRECTORY } from './exec-plugin.ts'
import type { NodeFacts } from './node-facts.ts'
import { writeLine, type NodeShell } from './node-shell.ts'
import { remoteIpamOf, type RemoteIpams } from './remote-ipam.ts'
import { joinRemovals, NOTHING_TO_REMOVE, type Removal } from './removal.ts'
import type { CniResult } from './result.ts'

export interface Node {
  readonly shell: NodeShell
  readonly machine: Machine
  readonly ipams: RemoteIpams
}

/** Whether every plugin of the chain is a built-in here, so that the chain can be planned instead of run. */
export function isBuiltIn(network: Network, facts: NodeFacts): boolean {
  return network.plugins.every(({ type }) => !facts.executables.has(type) && BUILT_INS.has(type))
}

/**
 * Gets addresses for the built-ins of a chain whose IPAM is a remote one, and notes them in the ledger.
 * @throws LabError KNET_CNI; what has been got already is for DEL to give back.
 */
export async function leaseAddresses(
  node: Node,
  network: Network,
  attachment: Attachment,
  facts: NodeFacts,
): Promise<void> {
  for (const plugin of network.plugins.filter(({ type }) => !facts.executables.has(type))) {
    try {
      BUILT_INS.get(plugin.type)?.check?.(facts)
      const address = await remoteIpamOf(plugin, node.ipams)?.assign(attachment)
      if (address) facts.ledger.leased.set(attachment.containerId, address)
    } catch (error) {
      throw pluginFailed(plugin.type, 'add', error)
    }
  }
}

/** The effects of a chain of built-ins, with the result's file among them. @throws LabError KNET_CNI */
export function planChain(network: Network, attachment: Attachment, facts: NodeFacts): Effects {
  let effects: Effects = { ...NO_EFFECTS, result: {} }
  for (const [index, plugin] of network.plugins.entries()) {
    const input = pluginInput(network, plugin, attachment, index === 0 ? undefined : effects.result)
    effects = inSequence(effects, planPlugin(input, attachment, facts))
  }
  return { ...effects, nodeLines: [...effects.nodeLines, ...cacheLines(network, attachment, effects.result)] }
}

/** Runs ADD along a chain of executables and built-ins. @throws LabError KNET_CNI; what was done stays for DEL to undo. */
export async function addChain(
  node: Node,
  network: Network,
  attachment: Attachment,
  facts: NodeFacts,
): Promise<CniResult> {
  await leaseAddresses(node, network, attachment, facts)
  let result: CniResult | undefined
  for (const plugin of network.plugins) {
    const input = pluginInput(network, plugin, attachment, result)
    if (facts.executables.has(plugin.type)) {
      try {
        result = await execPlugin(node.machine, 'ADD', input, attachment)
      } catch (error) {
        throw pluginFailed(plugin.type, 'add', error)
      }
    } else {
      const effects = planPlugin(input, attachment, facts)
      await applyEffects(node.shell, effects, attachment.netns).catch((error: unknown) => {
        throw pluginFailed(plugin.type, 'add', error)
      })
      result = effects.result
    }
  }
  await node.shell.run(cacheLines(network, attachment, result ?? {}).join('\n'))
  return result ?? {}
}

/** Runs CHECK along a chain; built-ins have nothing to say. @throws LabError KNET_CNI */
export async function checkChain(
  node: Node,
  network: Network,
  attachment: Attachment,
  facts: NodeFacts,
  result: CniResult,
): Promise<void> {
  // CHECK came with 0.4.0.
  if (network.disableCheck || /^0\.[0-3]\./.test(network.cniVersion)) return
  for (const plugin of network.plugins.filter(({ type }) => facts.executables.has(type))) {
    const input = pluginInput(network, plugin, attachment, result)
    await execPlugin(node.machine, 'CHECK', input, attachment).catch((error: unknown) => {
      throw pluginFailed(plugin.type, 'check', error)
    })
  }
}

/**
 * Runs DEL on the executables of a chain, last plugin first, and returns what is left to do for the built-ins.
 * Errors of executables are gathered in `problems`: a pod must go even when its network's plugin is broken.
 */
export async function deleteChain(
  node: Node,
  network: Network,
  attachment: Attachment,
  executables: ReadonlySet<string>,
  result: CniResult | undefined,
): Promise<{ removal: Removal; problems: readonly string[] }> {
  const problems: string[] = []
  let removal: Removal = {
    ...NOTHING_TO_REMOVE,
    files: [quoted(cachePath(network, attachment.containerId, attachment.ifName))],
  }
  for (const plugin of network.plugins.toReversed()) {
    const input = pluginInput(network, plugin, attachment, result)
    try {
      if (executables.has(plugin.type)) await execPlugin(node.machine, 'DEL', input, attachment)
      else {
        removal = joinRemovals(removal, BUILT_INS.get(plugin.type)?.remove(input, attachment))
        await remoteIpamOf(plugin, node.ipams)?.release(attachment)
      }
    } catch (error) {
      problems.push(messageOf(pluginFailed(plugin.type, 'delete', error)))
    }
  }
  return { removal, problems }
}

function planPlugin(
  input: ReturnType<typeof pluginInput>,
  attachment: Attachment,
  facts: NodeFacts,
): Effects {
  const builtIn = BUILT_INS.get(input.type)
  try {
    if (!builtIn) throw new CniError(`failed to find plugin "${input.type}" in path [${PLUGIN_DIRECTORY}]`)
    return builtIn.add(input, attachment, facts)
  } catch (error) {
    throw pluginFailed(input.type, 'add', error)
  }
}

function cacheLines(network: Network, attachment: Attachment, result: CniResult): string[] {
  const path = cachePath(network, attachment.containerId, attachment.ifName)
  return [writeLine(path, cacheEntry(network, attachment, result))]
}
