import type { Check } from './check-schema.ts'
import type { Action, Suggestion } from './schema.ts'
import type { CLUSTERS } from './topology-schema.ts'

/** Another right way of doing a step; `knet-labs test` proves that the checks accept it. */
export interface Alternative {
  readonly name: string
  readonly do: readonly Action[]
  /** How this way is undone, where it differs from the step's own. */
  readonly undo?: readonly Action[] | undefined
}

/** One thing to learn: a text, a task, its checks, its hints, its solution. Texts are Markdown with templates. */
export interface Step {
  readonly id: string
  readonly title: string
  readonly text: string
  /** Shown once the step holds. */
  readonly explain: string
  /** Optional reading and trying; never checked. */
  readonly deeper?: string | undefined
  readonly run: readonly Suggestion[]
  readonly checks: readonly Check[]
  /** Where to look, what to look for, what to type. */
  readonly hints: readonly [string, string, string]
  readonly solve: readonly Action[]
  readonly undo: readonly Action[]
  readonly alternatives: readonly Alternative[]
}

/** A lab as read from its folder. `topology` plus `{ name: id }` is machine's Topology. */
export interface Lab {
  readonly id: string
  readonly title: string
  /** Id of the lab to do before. */
  readonly after?: string | undefined
  readonly minutes: number
  readonly summary: string
  readonly learn: readonly string[]
  readonly topology: {
    readonly networks: readonly { readonly name: string; readonly subnet: string; readonly gateway: string }[]
    /** Nodes, then routers. */
    readonly machines: readonly {
      readonly name: string
      readonly address: string
      readonly router?: {
        readonly addresses: readonly string[]
        readonly loopback?: string | undefined
        readonly as?: number | undefined
      }
    }[]
  }
  readonly cluster: (typeof CLUSTERS)[number]
  readonly steps: readonly Step[]
  /** Contents of the manifests that actions apply or delete and of the lab's other files, by the path in lab.yaml. */
  readonly manifests: ReadonlyMap<string, string>
}
