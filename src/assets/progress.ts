/** How far one file is. */
export interface Progress {
  /** What it is, for people: "k3s v1.24.1+k3s1". */
  readonly what: string
  readonly bytes: number
  /** Unknown where a server does not say. */
  readonly total?: number | undefined
}

export type OnProgress = (progress: Progress) => void

const MEGABYTE = 1_000_000

const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0)

/** "k3s v1.24.1+k3s1: 12 of 64 MB (19 %)" */
export function progressText({ what, bytes, total }: Progress): string {
  if (total === undefined) return `${what}: ${megabytes(bytes)} MB`
  const percent = total === 0 ? 100 : Math.floor((100 * bytes) / total)
  return `${what}: ${megabytes(bytes)} of ${megabytes(total)} MB (${percent} %)`
}

/** Silence longer than this makes people wonder. */
const EVERY_MS = 5000

/**
 * Progress as lines, for a log or a terminal that is not written over: where a file begins, every few seconds, and where
 * it ends.
 */
export function progressLines(say: (line: string) => void, now = () => performance.now()): OnProgress {
  let last: { readonly what: string; readonly bytes: number; readonly at: number } | undefined
  return (progress) => {
    const { what, bytes, total } = progress
    const due = last?.what !== what || now() - last.at >= EVERY_MS
    if ((!due && bytes !== total) || (last?.what === what && last.bytes === bytes)) return
    last = { what, bytes, at: now() }
    say(progressText(progress))
  }
}
