/** A packet in one line. */
export interface PacketSummary {
  /** From 1. */
  readonly number: number
  /** Seconds since the capture began. */
  readonly time: number
  /** Addresses as tshark's columns have them: the outermost, or the innermost where there is a tunnel is tshark's choice. */
  readonly source: string
  readonly destination: string
  readonly protocol: string
  readonly length: number
  readonly info: string
}

/** A node of a packet's decoded tree: tshark's own words. */
export interface PacketNode {
  readonly text: string
  /** Bytes of the frame that it stands for. */
  readonly start: number
  readonly length: number
  readonly children: readonly PacketNode[]
}

export interface PacketDetail {
  readonly number: number
  readonly tree: readonly PacketNode[]
  readonly bytes: Uint8Array
}

/** A capture that is being made, decoded as it comes. */
export interface PacketCapture {
  readonly place: string
  readonly device: string
  readonly filter: string
  /** Grows in place. */
  readonly packets: readonly PacketSummary[]
  /** Packets that came after the list was full: they are in the file, not in the list. */
  readonly beyond: number
  /** undefined while it runs. */
  readonly ended: { readonly reason?: string | undefined } | undefined
  /** Calls back when there are more packets or the capture has ended, at most ten times a second. */
  onChange(listener: () => void): () => void
  /**
   * A packet in full. tshark takes a third of a second, so one is decoded at a time, and the newest ones, while more
   * come, once a second.
   * @throws LabError KNET_CAPTURE, also when another one was asked for before this one's turn came.
   */
  detail(number: number): Promise<PacketDetail>
  /**
   * What both sides of a packet's TCP or UDP conversation said, as text; undefined when it has none.
   * @throws LabError KNET_CAPTURE
   */
  follow(number: number): Promise<string | undefined>
  /**
   * Writes all packets so far as pcap, beside a file of that name if there is one.
   * @returns the file's full path.
   * @throws LabError KNET_CAPTURE
   */
  save(file: string): Promise<string>
  /** Ends the capture; its packets can still be looked at. */
  stop(): void
  /** Ends it and removes its file. */
  close(): Promise<void>
}
