import { type OnProgress, progressLines, progressText } from '../assets/progress.ts'
import type { Output } from './output.ts'

/** Eyes see no more of it. */
const EVERY_MS = 100

/** How far a file is: one line that changes on a terminal, else a line every few seconds. */
export function downloadProgress(output: Output): OnProgress {
  const lines = progressLines((line) => output.progress(line))
  let shown = -Infinity
  return (progress) => {
    const now = performance.now()
    const isEnd = progress.bytes === progress.total
    if (now - shown < EVERY_MS && !isEnd) return
    shown = now
    if (!output.replaceable(progressText(progress))) lines(progress)
  }
}
