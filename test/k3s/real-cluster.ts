import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inject } from 'vitest'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

/** Why labs can't be run on a real k3s here, for `skip` of a test's context. */
export function whyNoK3s(): string | undefined {
  const provided = inject('k3s')
  return 'missing' in provided ? provided.missing : undefined
}

export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A user of the daemon's own computer, as far as networks go, with a home of their own. */
export class RealCluster {
  readonly #home = mkdtempSync(join(tmpdir(), 'knet-k3s-'))

  /** Runs the built CLI. */
  async knet(...args: string[]): Promise<Said> {
    const provided = inject('k3s')
    if ('missing' in provided) throw new Error(provided.missing)
    const { socket, pid, image } = provided
    const env = {
      ...process.env,
      HOME: this.#home,
      XDG_STATE_HOME: join(this.#home, 'state'),
      DOCKER_HOST: `unix://${socket}`,
      KNET_NODE_IMAGE: image,
      NO_COLOR: '1',
    }
    const argv = [`--net=/proc/${pid}/ns/net`, '--', process.execPath, CLI, ...args]
    const child = spawn('nsenter', argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    const [exitCode] = (await once(child, 'close')) as [number]
    return { exitCode, stdout, stderr }
  }

  /** Ends what was begun. */
  async leave(): Promise<void> {
    await this.knet('stop', '--all')
    rmSync(this.#home, { recursive: true, force: true })
  }
}
