import type { PacketCapture } from '../capture/packet-capture.ts'
import type { AppState } from './app-state.ts'
import { bodyOf } from './layout.ts'
import type { Overlay } from './overlay.ts'
import type { OpenLab, UiPorts } from './ports.ts'
import { movePackets, type PacketMove } from './screens/packets/packets-moves.ts'
import {
  backInPackets,
  captureFileName,
  filterPackets,
  isLookedAt,
  PACKETS_AT_FIRST,
  type PacketsState,
  seePackets,
  selectedNumber,
  showConversation,
} from './screens/packets/packets-state.ts'
import { lineOf } from './components/edit-line.ts'
import type { Store } from './store.ts'

export interface PacketsDeskOptions {
  readonly store: Store<AppState>
  readonly ports: UiPorts
  readonly lab: () => OpenLab | undefined
  readonly show: (overlay: Overlay) => void
}

/** One capture at a time: makes it, and keeps what the screen shows of it. */
export class PacketsDesk {
  readonly #o: PacketsDeskOptions
  #capture: PacketCapture | undefined

  constructor(options: PacketsDeskOptions) {
    this.#o = options
  }

  get isOpen(): boolean {
    return this.#capture !== undefined
  }

  /** Begins a capture in the place of the one before. @throws LabError KNET_CAPTURE */
  async begin(place: string, device: string, filter: string): Promise<void> {
    const capture = await this.#o.lab()?.capture(place, device, filter)
    if (!capture) return
    await this.close()
    this.#capture = capture
    capture.onChange(() => this.#take())
    this.#set(PACKETS_AT_FIRST)
    this.resume()
  }

  /** Shows the capture that there is. */
  resume = (): void => this.#o.store.set({ screen: 'packets' })

  move(move: PacketMove): void {
    const { packets, size } = this.#o.store.state
    if (packets) this.#set(movePackets(packets, move, bodyOf(size)))
  }

  /** A step back on the screen, or out of it; the capture goes on. */
  back = (): void => {
    const state = this.#state
    const before = state && backInPackets(state)
    if (before && before !== state) this.#set(before)
    else this.#o.store.set({ screen: 'lesson' })
  }

  filter = (): void =>
    this.#o.show({
      kind: 'prompt',
      title: 'Only packets whose line has',
      label: 'Plain text, such as an address or a protocol; nothing shows all.',
      line: lineOf(this.#state?.filter ?? ''),
      run: (text) => {
        if (this.#state && this.#capture) this.#set(filterPackets(this.#state, text, this.#capture.packets))
      },
    })

  follow = async (): Promise<void> => {
    const capture = this.#capture
    const number = this.#state && capture && selectedNumber(this.#state, capture.packets)
    if (!capture || number === undefined) return
    const text = await capture.follow(number)
    if (this.#state && this.#capture === capture) this.#set(showConversation(this.#state, number, text))
  }

  save = (): void => {
    const capture = this.#capture
    const lab = this.#o.lab()
    if (!capture || !lab) return
    this.#o.show({
      kind: 'prompt',
      title: 'Save all packets as pcap',
      label: 'File',
      line: lineOf(captureFileName(lab.id, capture.device)),
      run: (file) =>
        void this.#say(
          async () => `Saved ${capture.packets.length + capture.beyond} packets: ${await capture.save(file)}`,
        ),
    })
  }

  wireshark = (): void => {
    const capture = this.#capture
    const lab = this.#o.lab()
    if (!capture || !lab) return
    void this.#say(async () => {
      const file = await capture.save(captureFileName(lab.id, capture.device))
      const opened = await this.#o.ports.openInWireshark(file)
      return opened
        ? `Wireshark shows ${file}.`
        : `There is no Wireshark on this computer. The packets are in ${file}.`
    })
  }

  stop = (): void => this.#capture?.stop()

  async close(): Promise<void> {
    const capture = this.#capture
    this.#capture = undefined
    this.#o.store.set({ packets: undefined })
    await capture?.close()
  }

  get #state(): PacketsState | undefined {
    return this.#o.store.state.packets?.state
  }

  #take(): void {
    if (this.#state && this.#capture) this.#set(seePackets(this.#state, this.#capture.packets))
  }

  /** Shows the state, and asks for the detail of the packet that it has come to. */
  #set(state: PacketsState): void {
    const capture = this.#capture
    if (!capture) return
    const { packets, place, device, filter, beyond, ended } = capture
    const detail = this.#o.store.state.packets?.detail
    const status = { place, device, filter, beyond, ended }
    this.#o.store.set({ packets: { packets, detail, state, status } })
    const number = selectedNumber(state, packets)
    if (number !== undefined && number !== detail?.number) void this.#decode(capture, number)
  }

  /** What comes when the learner has moved on is dropped. */
  async #decode(capture: PacketCapture, number: number): Promise<void> {
    const detail = await capture.detail(number).catch(() => undefined)
    const { packets } = this.#o.store.state
    if (!detail || this.#capture !== capture || !packets) return
    if (!isLookedAt(packets.state, packets.packets, number)) return
    this.#o.store.set({ packets: { ...packets, detail } })
  }

  async #say(work: () => Promise<string>): Promise<void> {
    try {
      this.#o.show({ kind: 'text', title: 'Packets', lines: [await work()], scroll: 0 })
    } catch (thrown) {
      this.#o.show({ kind: 'failure', title: 'Packets', failure: this.#o.ports.failureOf(thrown) })
    }
  }
}
