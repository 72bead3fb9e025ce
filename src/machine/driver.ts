import type { Machine } from './machine.ts'
import type { Topology } from './topology.ts'

/** A tool or kernel feature that a driver looked for. */
export interface Finding {
  /** Short name: "tshark", "user namespaces". */
  readonly name: string
  readonly ok: boolean
  /** Why knet-labs wants it. */
  readonly why: string
  /** false: labs start without it, only what `why` names is missing. */
  readonly required: boolean
  /** What was seen: a version, or the error. */
  readonly seen: string
  /** The exact command that fixes it. */
  readonly fix?: string
}

/** A phase of bringing something up, for progress lines. */
export interface Phase {
  readonly machine?: string
  readonly name: string
  readonly ms: number
}

/** A program that runs beside the machines, in one machine's network namespace, and ends with them. */
export interface Companion {
  readonly argv: readonly string[]
  /** Whose network it shares. */
  readonly machine: string
  /** The host's sockets it inherits, as file descriptors 3, 4, …: {@link HostSocket}. */
  readonly inherit: readonly object[]
  /** Its stdout and stderr. */
  readonly logFile: string
}

export interface UpOptions {
  readonly companion?: Companion
  readonly onPhase?: (phase: Phase) => void
  readonly signal?: AbortSignal
}

/** Machines that are up. */
export interface Running {
  readonly topology: Topology
  readonly machines: readonly Machine[]
  /** Until this is called, the machines die with this process, however it ends. */
  keep(): Promise<void>
  /** Makes a dead machine anew, empty: name, address and default route. Its network namespace is kept but emptied. */
  rebuild(machine: string): Promise<void>
  /**
   * Runs a command beside the machines (in the holder or on the machine's host), where every process has a pid that
   * the companion program knows: `enter` joins the namespaces of that pid first.
   */
  beside(enter?: { pid: number; network?: boolean }): Machine
}

/** One way to get machines. */
export interface Driver {
  readonly name: 'sandbox' | 'docker' | 'vagrant'
  /** What this host has and lacks. */
  probe(): Promise<Finding[]>
  /** @throws LabError KNET_…; on any failure nothing is left behind. */
  up(topology: Topology, options: UpOptions): Promise<Running>
  /** The machines of a lab that is up, or undefined. Never takes another user's or another tool's for ours. */
  find(name: string): Promise<Running | undefined>
  /** Ends a lab's machines and everything in them; true if there was anything. */
  down(name: string): Promise<boolean>
  /** Names of the labs that are up. */
  list(): Promise<string[]>
}
