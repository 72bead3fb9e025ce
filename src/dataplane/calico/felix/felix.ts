import type { KubeClient } from '../../../kube/client.ts'
import { NODES } from '../../../kube/resources.ts'
import type { Machine } from '../../../machine/machine.ts'
import type { NodeShell } from '../../cni/node-shell.ts'
import { speakerOf } from '../bgp/speaker.ts'
import { policyCalculator, type PolicyCalculator } from '../policy/calculator.ts'
import { felixSettings } from '../felix-settings.ts'
import { BGP_CONFIGURATIONS, FELIX_CONFIGURATIONS, IP_POOLS } from '../resources.ts'
import { refresher } from '../refresher.ts'
import { type Enforcer, startEnforcer } from './enforcer.ts'
import { surroundingsOf } from './surroundings-of.ts'

export interface FelixOptions {
  readonly client: KubeClient
  readonly node: { readonly name: string }
  readonly machine: Machine
  /** Runs on the machine what changes it; default: a command for each change. */
  readonly shell?: NodeShell
  /** Of calico/node: FELIX_… in it. Default: as in Calico's manifest. */
  readonly environment?: Readonly<Record<string, string>>
  /** Of the same client, for all nodes; stopped by whoever made it. Default: one of this Felix's own. */
  readonly calculator?: PolicyCalculator
  /** Told of a sync that failed; it is tried again in any case, with a pause that grows. */
  readonly onProblem?: (problem: unknown) => void
}

/** Felix on one node: policy, and address translation. */
export interface Felix {
  /** Resolves when everything is written for the first time; rejects when stopped before. */
  readonly ready: Promise<void>
  /** Resolves when the machine has all that the API says by now. */
  settled(): Promise<void>
  /** Looks at the machine and writes what is missing or different. Gives what that was, a line each. Rejects when it can't. */
  ensure(): Promise<string[]>
  /** Rules stay, as upstream's do: pods keep their policies while there is no Felix. */
  stop(): void
}

export function startFelix(options: FelixOptions): Felix {
  const { client, node, machine, shell, onProblem } = options
  const calculator = options.calculator ?? policyCalculator({ client, ...(onProblem && { onProblem }) })
  const policy = calculator.forNode(node.name)
  const nodes = client.informer(NODES)
  const pools = client.informer(IP_POOLS)
  const configurations = client.informer(BGP_CONFIGURATIONS)
  const own = client.informer(FELIX_CONFIGURATIONS)
  const informers = [nodes, pools, configurations, own]
  const settings = () => felixSettings(own.list(), node.name, options.environment)
  const enforcer: Enforcer = startEnforcer({
    machine,
    ...(shell && { shell }),
    ...(onProblem && { onProblem }),
    known: Promise.all([calculator.synced, ...informers.map(({ synced }) => synced)]),
    active: () => policy.current(),
    surroundings: () =>
      surroundingsOf(node.name, {
        speakers: nodes.list().flatMap((one) => speakerOf(one) ?? []),
        pools: pools.list(),
        configurations: configurations.list(),
        settings: settings(),
      }),
  })
  const ends = [...informers, policy].map((one) => one.onChange(() => enforcer.touch()))
  const refreshers = [
    refresher(
      () => settings().refreshMs.rules,
      () => enforcer.refresh('all'),
    ),
    refresher(
      () => settings().refreshMs.sets,
      () => enforcer.refresh('sets'),
    ),
  ]
  ends.push(own.onChange(() => refreshers.forEach((one) => one.changed())))
  return {
    ready: enforcer.ready,
    settled: () => enforcer.settled(),
    ensure: () => enforcer.ensure(),
    stop() {
      enforcer.stop()
      for (const end of ends) end()
      for (const one of refreshers) one.stop()
      for (const informer of informers) informer.stop()
      if (!options.calculator) calculator.stop()
    },
  }
}
