import type { Machine } from './machine.ts'
import type { Topology } from './topology.ts'

/** What only some labs ask of a host: that nodes can run Calico, or k3s and its containers. */
export type Need = 'calico' | 'k3s'

/** A tool or kernel feature that a driver looked for. */
export interface Finding {
  /** Short name: "tshark", "user namespaces". */
  readonly name: string
  readonly ok: boolean
  /** Why knet-labs wants it. */
  readonly why: string
  /** false: what was asked for starts without it, only what `why` names is missing. */
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
  /**
   * The words that are the Node binary and the driver's programs on the host are replaced by where they are inside:
   * `NODE_BINARY` and `programInside` of places.ts.
   */
  readonly argv: readonly string[]
  /** Whose network it shares. */
  readonly machine: string
  /** The host's listening sockets (net.Server) that it inherits, as file descriptors 3, 4, …; at most four. */
  readonly inherit: readonly object[]
  /** Its stdout and stderr, made anew. */
  readonly logFile: string
  /**
   * Files and folders of the host that it reads, at the same path: copies, so only what is there at the start. Besides
   * these it sees the lab's run folder, which it may write to, and no other file of the user's.
   */
  readonly reads?: readonly string[]
}

/** The machines as a companion program sees them, from among them. */
export interface InsideMachines {
  /** Pid of the machine's init in this program's own numbering; undefined while it isn't ready. */
  pid(machine: string): number | undefined
  /** Always the machine of that name as it now is: its commands throw LabError KNET_MACHINE_GONE while it isn't ready. */
  machine(name: string): Machine
  /** Resolves with the init's pid as soon as the machine is ready. Rejects with the signal's reason. */
  ready(machine: string, signal?: AbortSignal): Promise<number>
  /** Calls back whenever a machine becomes ready from now on, such as after it was rebuilt; returns what ends that. */
  onReady(listener: (machine: string, pid: number) => void): () => void
  close(): void
}

/** A text file of a machine. */
export interface MachineFile {
  /** From the root, without the first slash. */
  readonly path: string
  readonly content: string
  /** Whether it is a program. */
  readonly executable?: boolean
}

/** A big file of the host that machines read and nobody changes. */
export interface SharedFile {
  /** On the host. */
  readonly source: string
  /** In the machine, from the root, with the first slash. */
  readonly target: string
  /** Whether it is a program. */
  readonly executable?: boolean
}

export interface MachinePort {
  readonly machine: string
  readonly port: number
}

export interface UpOptions {
  readonly companion?: Companion
  /** Files that every machine has, also after it was made anew. */
  readonly files?: readonly MachineFile[]
  /** Files that every machine reads, also after it was made anew: in one copy where machines can see the host's files. */
  readonly shared?: readonly SharedFile[]
  /** Folders that can't lie on the layers that a machine's root may be made of: where container runtimes keep their own. They go with the machine. */
  readonly storage?: readonly string[]
  /** Whether machines run containers: then they have control groups of their own, and root in them is the host's. */
  readonly containers?: boolean
  /** Ports (TCP) of machines that this host must reach, where it can't reach machines by their addresses: see {@link Running.reach}. */
  readonly published?: readonly MachinePort[]
  /** Called when no other process can be bringing this lab up, and its run folder is there. */
  readonly prepare?: () => Promise<void>
  /** What is run to bring the machines up, a line at a time, before it is. */
  readonly onCommand?: ((line: string) => void) | undefined
  /** What is worth a line to people: of what takes long, such as an image, and of what is not as the lab has it. */
  readonly onProgress?: ((line: string) => void) | undefined
  /** Each phase as it ends. */
  readonly onPhase?: (phase: Phase) => void
  readonly signal?: AbortSignal
}

/** Machines that are up. */
export interface Running {
  /** As it is: where a range of addresses was taken, a driver may have chosen another one than the lab's. */
  readonly topology: Topology
  readonly machines: readonly Machine[]
  /**
   * Until this is called, the machines die with this process, however it ends; or where a daemon has made them, they are
   * leftovers that the next `up` or `down` removes.
   */
  keep(): Promise<void>
  /**
   * Stops machines that were stopped before and are up again, and leaves them as they are: for a lab that can't go on, and may
   * another time. Machines that are new haven't got it.
   */
  halt?(): Promise<void>
  /**
   * Where this host reaches a published port now, as `address:port`: it may be another one after machines were stopped.
   * Undefined where it can't. Without this method, nothing is reached from the host.
   */
  reach?(published: MachinePort): Promise<string | undefined>
  /**
   * Makes a machine anew, empty, whatever state it is in: name, address and default route. All its processes end; its
   * network namespace is kept, since the companion program may live in it, but emptied.
   */
  rebuild(machine: string): Promise<void>
  /**
   * Runs a command beside the machines (in the holder or on the machine's host), where every process has a pid that
   * the companion program knows. `enter` joins all namespaces of that pid first; with `network: true` only its network,
   * so that the holder's own tools run there.
   * @throws LabError KNET_DRIVER where nothing can be entered by its pid.
   */
  beside(enter?: { pid: number; network?: boolean }): Machine
  /** Resolves when the lab has been stopped or killed, by whoever, or the signal is aborted. Costs nothing meanwhile. */
  ended(signal: AbortSignal): Promise<void>
}

/** One way to get machines. */
export interface Driver {
  readonly name: 'sandbox' | 'docker' | 'vagrant' | 'container'
  /**
   * What this host has and lacks. For `start` only what is quick to see, within milliseconds; what it leaves out makes
   * `up` fail with an error that says the same. What a lab needs besides what all do is required.
   */
  probe(how?: 'start' | 'doctor', needs?: readonly Need[]): Promise<Finding[]>
  /**
   * The architecture of its machines, as container images call it ("amd64"), where that may be another than this host's.
   * @throws LabError KNET_… where nobody answers.
   */
  arch?(): Promise<string>
  /** @throws LabError KNET_…; on any failure nothing is left behind. */
  up(topology: Topology, options: UpOptions): Promise<Running>
  /** The machines of a lab that is up, or undefined. Never takes another user's or another tool's for ours. */
  find(name: string): Promise<Running | undefined>
  /** Ends a lab's machines and everything in them; true if there was anything. */
  down(name: string): Promise<boolean>
  /** Names of the labs that are up. */
  list(): Promise<string[]>
}
