import { messageOf } from '../../base/errors.ts'
import type { Attachment } from './attachment.ts'
import { joinRemovals, type Removal } from './removal.ts'
import {
  addChain,
  checkChain,
  deleteChain,
  isBuiltIn,
  leaseAddresses,
  planChain,
  type Node,
} from './chain.ts'
import { cniFailure } from './cni-error.ts'
import { firstNetwork, nameProblem, type Network } from './conf.ts'
import type { Effects } from './effects.ts'
import { pluginVersions } from './exec-plugin.ts'
import { CONF_SCRIPT, FACTS_SCRIPT, parseFacts, type NodeFacts } from './node-facts.ts'
import type { CniResult } from './result.ts'

/** How one pod gets its interface. */
export type Plan =
  /** All plugins are built in: the caller brings the effects about, in a batch with other pods'. */
  | { readonly kind: 'effects'; readonly network: Network; readonly effects: Effects }
  /** Some plugin is an executable: `loopback` first, then {@link Cni.add} once the namespace is there. */
  | { readonly kind: 'run'; readonly network: Network; readonly loopback: Effects }

/** An attachment that was made, as needed to undo it. */
export interface Attached {
  readonly attachment: Attachment
  readonly network: Network
  readonly result: CniResult | undefined
}

/** CNI on one node, as containerd's CRI service uses it: loopback, then the first network of /etc/cni/net.d. */
export interface Cni {
  look(): Promise<NodeFacts>
  /** Why there is no pod network, as containerd reports it in the runtime condition NetworkReady; undefined when there is. */
  problem(): Promise<string | undefined>
  /** @throws LabError KNET_CNI. Plans of one batch share `facts`. */
  plan(attachment: Attachment, facts: NodeFacts): Promise<Plan>
  /** @throws LabError KNET_CNI */
  add(attachment: Attachment, network: Network, facts: NodeFacts): Promise<CniResult>
  /** @throws LabError KNET_CNI */
  check(attached: Attached): Promise<void>
  /** Versions of the specification that an executable of /opt/cni/bin supports. */
  versions(type: string): Promise<readonly string[]>
  /** Runs DEL; what built-ins leave to do is for the caller, in a batch with other pods'. Never throws. */
  remove(attached: Attached, executables: ReadonlySet<string>): Promise<Removal>
}

const NOT_INITIALIZED = 'cni plugin not initialized'

/** The text is containerd's (pkg/cri, getNetworkConfig of the loopback plugin); it is part of the cached result. */
const LOOPBACK: Network = {
  name: 'cni-loopback',
  cniVersion: '0.3.1',
  disableCheck: false,
  plugins: [{ type: 'loopback' }],
  source: '{\n"cniVersion": "0.3.1",\n"name": "cni-loopback",\n"plugins": [{\n  "type": "loopback"\n}]\n}',
}

export function createCni(node: Node): Cni {
  const lookWith = async (script: string) => parseFacts((await node.shell.run(script)).output)
  const look = () => lookWith(FACTS_SCRIPT)
  return {
    look,
    problem: async () => networkOf(await lookWith(CONF_SCRIPT)).problem,
    plan: async (attachment, facts) => {
      const { network, problem } = networkOf(facts)
      if (!network) throw cniFailure(problem)
      const misnomer = nameProblem(network)
      if (misnomer) throw cniFailure(misnomer)
      const loopback = planChain(LOOPBACK, loopbackOf(attachment), facts)
      if (!isBuiltIn(network, facts)) return { kind: 'run', network, loopback }
      const effects = await planLeased(node, network, attachment, facts)
      return { kind: 'effects', network, effects: afterLoopback(loopback, effects) }
    },
    add: (attachment, network, facts) => addChain(node, network, attachment, facts),
    check: async ({ attachment, network, result }) =>
      checkChain(node, network, attachment, await look(), result ?? {}),
    versions: (type) => pluginVersions(node.machine, type),
    remove: async ({ attachment, network, result }, executables) => {
      const main = await deleteChain(node, network, attachment, executables, result)
      const loopback = await deleteChain(node, LOOPBACK, loopbackOf(attachment), new Set(), undefined)
      return joinRemovals(main.removal, loopback.removal)
    },
  }
}

/** What can't be planned has no address to give back later. */
async function planLeased(
  node: Node,
  network: Network,
  attachment: Attachment,
  facts: NodeFacts,
): Promise<Effects> {
  try {
    await leaseAddresses(node, network, attachment, facts)
    return planChain(network, attachment, facts)
  } catch (error) {
    await deleteChain(node, network, attachment, facts.executables, undefined)
    throw error
  }
}

function networkOf(
  facts: NodeFacts,
): { network: Network; problem?: never } | { network?: never; problem: string } {
  const prefix = `Network plugin returns error: ${NOT_INITIALIZED}`
  try {
    const network = firstNetwork(facts.confFiles)
    return network ? { network } : { problem: prefix }
  } catch (error) {
    return { problem: `${prefix}: ${messageOf(error)}` }
  }
}

function loopbackOf(attachment: Attachment): Attachment {
  return { ...attachment, ifName: 'lo' }
}

function afterLoopback(loopback: Effects, main: Effects): Effects {
  return {
    nodeLinks: main.nodeLinks,
    nodeLines: [...loopback.nodeLines, ...main.nodeLines],
    podLines: main.podLines,
    podLinks: [...loopback.podLinks, ...main.podLinks],
    result: main.result,
  }
}
