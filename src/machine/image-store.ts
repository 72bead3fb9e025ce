import type { Readable } from 'node:stream'

/** The image that machines are made of, where a driver keeps it, as something to take out and put in. */
export interface ImageStore {
  /** What labs of this knet-labs want it to be called. */
  readonly name: string
  /** The daemon's architecture, as container images call it: "amd64". */
  readonly arch: string
  /** Builds or pulls it where it isn't there. @throws LabError KNET_IMAGE */
  make(options: {
    readonly onProgress: (line: string) => void
    readonly signal: AbortSignal | undefined
  }): Promise<void>
  has(name: string): Promise<boolean>
  /** As an archive of `docker save`'s. */
  save(): Promise<Readable>
  /** Takes such an archive, compressed or not. @throws LabError KNET_IMAGE for what is none, KNET_DISK */
  load(archive: Readable): Promise<void>
}
