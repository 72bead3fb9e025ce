import { LabError } from '../../../base/errors.ts'
import { until } from '../../../base/until.ts'
import type { Machine } from '../../../machine/machine.ts'
import { machineShell, type NodeShell } from '../../cni/node-shell.ts'
import { type Gathering, syncLoop, type SyncLoop } from '../../sync-loop.ts'
import { type KernelSet, setRenderer } from '../rules/node-sets.ts'
import type { Surroundings } from '../rules/surroundings.ts'
import { tableRenderer } from '../rules/tables.ts'
import type { ActiveSet } from './active.ts'
import { type KernelState, LOOK, LOOK_AT_SETS, readKernelState, recognized } from './kernel-state.ts'
import { setChanges } from './set-changes.ts'
import { isPatched, tableChanges } from './table-changes.ts'
import { tableWriter, type WrittenTable } from './written-chain.ts'

export interface EnforcerOptions {
  readonly machine: Machine
  /** Runs on the machine what changes it; default: a command for each change. */
  readonly shell?: NodeShell
  /** Resolves when `active` and `surroundings` can be asked. */
  readonly known: Promise<unknown>
  readonly active: () => ActiveSet
  readonly surroundings: () => Surroundings
  /** Told of a sync that failed; it is tried again in any case, with a pause that grows. */
  readonly onProblem?: (problem: unknown) => void
}

/** Keeps one machine's iptables and ipsets as Felix wants them. */
export interface Enforcer {
  /** Resolves when everything is written for the first time; rejects when stopped before. */
  readonly ready: Promise<void>
  /** Something of what `active` or `surroundings` say has changed. */
  touch(): void
  /** Resolves when the machine has all that was asked for by now. */
  settled(): Promise<void>
  /** Looks at the machine and writes what is missing or different. Gives what that was, a line each. Rejects when it can't. */
  ensure(): Promise<string[]>
  /** As `ensure`, some time soon, and perhaps of sets alone. */
  refresh(what: 'all' | 'sets'): void
  /** Rules stay, as upstream's do: pods keep their policies while there is no Felix. */
  stop(): void
}

export function startEnforcer(options: EnforcerOptions): Enforcer {
  return new IptablesEnforcer(options)
}

/** Pods that start have to wait for their chains. Upstream: felix/dataplane/linux, applyThrottle. */
const CREDIT = { burst: 10, intervalMs: 100 }
/** A rule that named a set lets go of it a moment after it is gone. */
const LETTING_GO = { everyMs: 20, maxEveryMs: 100, deadlineMs: 2000 }
/** Hashes of patched chains are put right when nothing has changed for a while, a chain or so at a time, so that changes don't wait long. */
const RENEWAL = { afterMs: 1000, nextMs: 50, rules: 500 }
/** Where a sync takes long, changes gather before the next, for as long as they come; but that ends before hashes are put right. */
const GATHERING = { fromMs: 100, quietMs: 80, share: 3, mostMs: 800 }
/** Bytes. The agent's shell takes its time over a longer script, and does nothing else meanwhile. */
const LONG_SCRIPT = 100_000

const RESTORE = 'iptables-restore -w 5 --noflush'

interface Wish {
  readonly active: ActiveSet
  readonly around: Surroundings
}

function isSame(one: Wish, other: Wish): boolean {
  return one.active === other.active && JSON.stringify(one.around) === JSON.stringify(other.around)
}

function hasSameSettings(one: Wish, other: Wish): boolean {
  return JSON.stringify(one.around.settings) === JSON.stringify(other.around.settings)
}

function gather(tookMs: number): Gathering | undefined {
  const { fromMs, quietMs, share, mostMs } = GATHERING
  return tookMs < fromMs ? undefined : { quietMs, mostMs: Math.min(share * tookMs, mostMs) }
}

class IptablesEnforcer implements Enforcer {
  readonly ready: Promise<void>
  readonly #options: EnforcerOptions
  readonly #shell: NodeShell
  readonly #loop: SyncLoop
  readonly #render = tableRenderer()
  readonly #renderSets = setRenderer()
  readonly #say = tableWriter()
  /** What the machine has, as far as we know. */
  #have: KernelState = { tables: new Map(), sets: new Map(), addresses: [] }
  /** What that is made of, or is being made of; undefined when it is to be made anew in any case. */
  #made: Wish | undefined
  /** Sets that nobody here wants and that could not be destroyed. */
  readonly #held = new Set<string>()
  /** The next sync has something to do. */
  #isDue = false
  /** What of that has to be looked up before the next sync. */
  #doubtful: 'all' | 'sets' | undefined = 'all'
  /** What has been written, in people's words. */
  readonly #written = new Set<string>()
  /** How many rules the next sync may write for their hashes alone. */
  #renewals = 0
  #renewal: NodeJS.Timeout | undefined
  /** The first look, begun while others fill. */
  #firstLook: Promise<KernelState> | undefined

  constructor(options: EnforcerOptions) {
    this.#options = options
    this.#shell = options.shell ?? machineShell(options.machine)
    this.#firstLook = this.#lookUp()
    this.#loop = syncLoop({
      name: `Felix on ${options.machine.name}`,
      sync: () => this.#sync(),
      ready: Promise.allSettled([this.#firstLook, options.known]),
      onProblem: options.onProblem,
      credit: CREDIT,
      gather,
    })
    this.ready = this.#loop.settled()
    this.ready.catch(() => {})
  }

  /** Much of what happens in a cluster is nothing to it, and takes none of the loop's credit. */
  touch(): void {
    this.#isDue ||= this.#made === undefined || !isSame(this.#made, this.#wish())
    if (this.#isDue) this.#loop.touch()
  }

  async settled(): Promise<void> {
    await this.#loop.settled()
    while (this.#hasPatches()) {
      this.#renew(Infinity)
      await this.#loop.settled()
    }
  }

  async ensure(): Promise<string[]> {
    this.#doubtful = 'all'
    this.#written.clear()
    await this.#loop.run()
    return [...this.#written]
  }

  refresh(what: 'all' | 'sets'): void {
    this.#doubtful = this.#doubtful === 'all' ? 'all' : what
    this.#loop.touch()
  }

  stop(): void {
    clearTimeout(this.#renewal)
    this.#loop.stop()
  }

  async #sync(): Promise<void> {
    this.#isDue = false
    clearTimeout(this.#renewal)
    const { afterMs, nextMs, rules } = RENEWAL
    const wait = this.#renewals > 0 ? nextMs : afterMs
    await this.#write()
    if (this.#hasPatches()) this.#renewal = setTimeout(() => this.#renew(rules), wait).unref()
  }

  #hasPatches(): boolean {
    return [...this.#have.tables.values()].some(isPatched)
  }

  #renew(rules: number): void {
    this.#renewals = rules
    this.#loop.touch()
  }

  async #write(): Promise<void> {
    const renewals = this.#renewals
    this.#renewals = 0
    try {
      // Upstream's Felix starts anew. What others have beside our rules may matter now.
      if (this.#made && !hasSameSettings(this.#made, this.#wish())) this.#doubtful = 'all'
      await this.#look()
      const wish = this.#wish()
      if (this.#made && isSame(this.#made, wish) && renewals === 0) return
      this.#made = wish
      const { active, around } = wish
      const ownAddresses = [...new Set([...this.#have.addresses, ...around.ownAddresses])]
      const sets = this.#renderSets({ ...around, ownAddresses }, active.ipSets.values())
      this.#have = await this.#apply(
        sets,
        this.#render(active, around).map(this.#say),
        renewals,
        around.settings.maxSetSize,
      )
    } catch (error) {
      // Half of it may be written, or somebody else changed what is Felix's.
      this.#doubtful = 'all'
      this.#made = undefined
      throw error
    }
  }

  #wish(): Wish {
    return { active: this.#options.active(), around: this.#options.surroundings() }
  }

  async #look(): Promise<void> {
    const what = this.#doubtful
    if (!what) return
    // Before the look, so that an `ensure` asked for meanwhile looks again.
    this.#doubtful = undefined
    this.#held.clear()
    const look = this.#firstLook ?? this.#lookUp(what === 'all' ? LOOK : LOOK_AT_SETS)
    this.#firstLook = undefined
    const seen = await look
    this.#have = what === 'all' ? recognized(seen, this.#have) : { ...this.#have, sets: seen.sets }
    this.#made = undefined
  }

  async #lookUp(script = LOOK): Promise<KernelState> {
    const { stdout } = await this.#options.machine.exec(['/bin/sh', '-c', script])
    return readKernelState(stdout)
  }

  /** Sets come before rules that name them, and go after. */
  async #apply(
    sets: readonly KernelSet[],
    tables: readonly WrittenTable[],
    renewals: number,
    maxSize: number,
  ): Promise<KernelState> {
    const have = this.#have
    const { restore, gone } = setChanges(have.sets, sets, maxSize)
    const changed = tables.map(
      (table) => [table.name, tableChanges(have.tables.get(table.name), table, renewals)] as const,
    )
    const rules = changed.map(([, change]) => change.restore).join('')
    if (rules) this.#written.add('Calico’s iptables rules')
    if (restore.length + gone.length > 0) this.#written.add('Calico’s ipsets')
    const isLong = rules.length > LONG_SCRIPT
    await this.#run([
      ...(restore.length > 0 ? [`ipset -exist restore <<'END' || exit`, ...restore, 'END'] : []),
      ...(rules && !isLong ? [`${RESTORE} <<'END' || exit`, `${rules}END`] : []),
    ])
    if (isLong) await this.#restoreAside(rules)
    await this.#destroy(gone)
    const held = [...have.sets].filter(([name]) => this.#held.has(name))
    return {
      ...have,
      tables: new Map(changed.map(([name, { after }]) => [name, after])),
      sets: new Map([...held, ...sets.map((one) => [one.name, { ...one, maxSize }] as const)]),
    }
  }

  /** What somebody else's rules name stays, and is not tried again before the next look. */
  async #destroy(names: readonly string[]): Promise<void> {
    let left: readonly string[] = names.filter((name) => !this.#held.has(name))
    if (left.length === 0) return
    const tryAll = async () => {
      left = await this.#tryToDestroy(left)
      return left.length === 0
    }
    await until(tryAll, { what: 'ipsets to be let go of', ...LETTING_GO }).catch(() => {})
    for (const name of left) this.#held.add(name)
  }

  /** @returns those that are still there, the one that refused at the end. */
  async #tryToDestroy(names: readonly string[]): Promise<readonly string[]> {
    const lines = names.map((name) => `destroy ${name}`)
    const { exitCode, output } = await this.#shell.run(["ipset restore <<'END'", ...lines, 'END'].join('\n'))
    if (exitCode === 0) return []
    const count = Number(/line (\d+)/.exec(output)?.[1] ?? 1)
    const isGone = output.includes('does not exist')
    return [...names.slice(count), ...(isGone ? [] : names.slice(count - 1, count))]
  }

  async #run(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return
    const { exitCode, output } = await this.#shell.run(lines.join('\n'))
    if (exitCode !== 0) throw this.#refusal(output)
  }

  async #restoreAside(rules: string): Promise<void> {
    const argv = ['/bin/sh', '-c', `exec ${RESTORE}`]
    const { exitCode, stderr } = await this.#options.machine.exec(argv, { stdin: rules })
    if (exitCode !== 0) throw this.#refusal(stderr)
  }

  #refusal(output: string): LabError {
    const message = `Felix could not write its rules on ${this.#options.machine.name}: ${output.trim()}`
    return new LabError('KNET_IPTABLES', { message })
  }
}
