import type { LogOptions } from '../pod-access.ts'
import type { RunningContainer } from './runtime.ts'

interface Line {
  readonly time: string
  readonly line: string
}

/** A container's log as kubectl logs prints it: tail and since choose where to begin, follow goes on to its end. */
export async function* logText(container: RunningContainer, options: LogOptions): AsyncIterable<string> {
  const { limitBytes = Infinity, timestamps = false } = options
  let left = limitBytes
  for await (const { time, line } of chosenLines(container, options)) {
    const text = timestamps ? `${time} ${line}\n` : `${line}\n`
    const size = Buffer.byteLength(text)
    if (size >= left) {
      yield Buffer.from(text).subarray(0, left).toString('utf8')
      return
    }
    left -= size
    yield text
  }
}

async function* chosenLines(container: RunningContainer, options: LogOptions): AsyncIterable<Line> {
  const { follow = false, tailLines, signal } = options
  const since = sinceTime(options)
  const isRecent = ({ time }: Line) => since === undefined || Date.parse(time) >= since
  let skip = 0
  if (tailLines !== undefined) {
    const past: Line[] = []
    for await (const line of container.logs({ follow: false })) if (isRecent(line)) past.push(line)
    skip = Math.max(0, past.length - tailLines)
    if (!follow) {
      yield* past.slice(skip)
      return
    }
  }
  for await (const line of container.logs({ follow, ...(signal && { signal }) })) {
    if (!isRecent(line)) continue
    if (skip > 0) skip--
    else yield line
  }
}

/** In ms since the epoch. */
function sinceTime({ sinceSeconds, sinceTime: time }: LogOptions): number | undefined {
  if (time) return Date.parse(time)
  return sinceSeconds === undefined ? undefined : Date.now() - sinceSeconds * 1000
}
