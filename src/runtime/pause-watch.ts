import { readlinkSync } from 'node:fs'

/** As often as upstream's kubelet looks at what its runtime has. Upstream: pkg/kubelet/kubelet.go, plegRelistPeriod. */
const EVERY_MS = 1000

/** Tells of pause processes that end though nobody wants them to. Nothing on the node waits for them, so that it has to look. */
export class PauseWatch {
  readonly #tell = new Map<number, () => void>()
  #timer: NodeJS.Timeout | undefined

  /** Resolves soon after the process has ended, unless it was forgotten before. */
  ended(pid: number): Promise<void> {
    this.#timer ??= setInterval(() => this.#look(), EVERY_MS).unref()
    return new Promise((resolve) => this.#tell.set(pid, resolve))
  }

  forget(pid: number): void {
    this.#tell.delete(pid)
    if (this.#tell.size === 0) this.stop()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    for (const [pid, tell] of this.#tell) {
      if (hasNamespaces(pid)) continue
      this.forget(pid)
      tell()
    }
  }
}

/** A process that has ended has none, whether somebody has waited for it yet or not. */
function hasNamespaces(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/uts`) !== ''
  } catch {
    return false
  }
}
