import type { PacketCapture } from '../capture/packet-capture.ts'
import type { NetworkWatch } from '../session/network/network-watch.ts'
import type { Session } from '../session/session.ts'
import type { Size } from '../terminals/cells.ts'
import type { TerminalInfo, TerminalView } from '../terminals/terminal.ts'

/** A lab as a card shows it. */
export interface LabCard {
  readonly id: string
  readonly title: string
  readonly minutes: number
  readonly summary: string
  readonly learn: readonly string[]
  readonly steps: number
  /** Steps that held once. */
  readonly done: number
  readonly running: boolean
  /** What its machines are or would be made of. */
  readonly driver: string
}

/** What happens while a lab comes up. */
export type StartEvent =
  | {
      readonly type: 'phase'
      readonly machine?: string | undefined
      readonly name: string
      readonly ms: number
    }
  | { readonly type: 'say'; readonly line: string }

/** A failure in words for people; every error that a port throws can be turned into one. */
export interface Failure {
  readonly code: string
  readonly message: string
  /** The command that mends it, or what to look at. */
  readonly hint?: string | undefined
}

/** A lab that is up, with all that its screens need. */
export interface OpenLab {
  readonly id: string
  readonly session: Session
  /** It was brought up just now: nothing is there of what earlier steps did. */
  readonly fresh: boolean
  /** Names of machines. */
  readonly machines: readonly string[]
  /** Machines and running pods: where a terminal can be opened. */
  places(): Promise<string[]>
  readonly terminals: {
    list(): Promise<TerminalInfo[]>
    /** @throws LabError KNET_NO_SUCH_MACHINE */
    open(place: string, size: Size): Promise<TerminalView>
    attach(id: string, size: Size): Promise<TerminalView>
    leave(): void
  }
  /** Hands this process's terminal to a shell there, until the learner leaves it. @throws LabError */
  shell(place: string): Promise<number>
  /** The network as it is now; calls back with each change until aborted. */
  watchNetwork(signal: AbortSignal): NetworkWatch
  /** Starts a capture. @throws LabError KNET_CAPTURE */
  capture(place: string, device: string, filter?: string): Promise<PacketCapture>
  /** Resolves when the lab has been stopped or killed, by whoever. */
  readonly ended: Promise<unknown>
  /** Lets go of it, terminals included; all of it lives on. */
  leave(): void
}

/** What the screens ask of the program around them. */
export interface UiPorts {
  readonly version: string
  labs(): Promise<LabCard[]>
  /** Brings a lab up, or attaches to it where it is up. @throws LabError */
  open(lab: string, on: (event: StartEvent) => void, signal: AbortSignal): Promise<OpenLab>
  stop(lab: string): Promise<void>
  failureOf(thrown: unknown): Failure
  /** Shows a capture's file in Wireshark where there is one; false where not. */
  openInWireshark(file: string): Promise<boolean>
}
