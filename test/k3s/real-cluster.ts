import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Docker from 'dockerode'
import { inject } from 'vitest'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

/** Why labs can't be run on a real k3s here, for `skip` of a test's context. */
export function whyNoK3s(): string | undefined {
  const provided = inject('k3s')
  return 'missing' in provided ? provided.missing : undefined
}

function daemon() {
  const provided = inject('k3s')
  if ('missing' in provided) throw new Error(provided.missing)
  return provided
}

/** DOCKER_HOST of who is on another computer than the daemon. */
export const farEndpoint = (): string => daemon().far

/** Runs a script on the daemon's computer, in its network. */
export const onFarHost = (script: string): string =>
  execFileSync('nsenter', [`--net=/proc/${daemon().pid}/ns/net`, 'sh', '-c', script], { encoding: 'utf8' })

/** The daemon that all clusters are on. */
export const testDocker = (): Docker => new Docker({ socketPath: daemon().socket })

export interface Said {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A user of the daemon's own computer, as far as networks go, or of another one; with a home of their own. */
export class RealCluster {
  readonly #home = mkdtempSync(join(tmpdir(), 'knet-k3s-'))
  readonly #isFar: boolean

  constructor(where: 'beside the daemon' | 'on another computer' = 'beside the daemon') {
    this.#isFar = where === 'on another computer'
  }

  /** Of a lab, for this user's kubectl. */
  kubeconfig(lab: string): string {
    return readFileSync(join(this.#home, 'state/knet-labs/labs', lab, 'kubeconfig'), 'utf8')
  }

  /** Runs the built CLI. */
  async knet(...args: string[]): Promise<Said> {
    return await said(this.#spawn(args))
  }

  /** Runs it until it has said some words, and sends it a signal then. */
  async signalled(signal: NodeJS.Signals, words: string, ...args: string[]): Promise<Said> {
    const child = this.#spawn(args)
    let heard = ''
    const listen = (chunk: string) => {
      heard += chunk
      if (!child.killed && heard.includes(words)) child.kill(signal)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    return await said(child)
  }

  /** Where what runs of a lab is remembered. */
  run(lab: string): string {
    return join(this.#home, 'state/knet-labs/labs', lab, 'run')
  }

  #spawn(args: readonly string[]) {
    const { socket, pid, image, far } = daemon()
    const env = {
      ...process.env,
      HOME: this.#home,
      XDG_STATE_HOME: join(this.#home, 'state'),
      DOCKER_HOST: this.#isFar ? far : `unix://${socket}`,
      KNET_NODE_IMAGE: image,
      NO_COLOR: '1',
    }
    const stdio = ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe']
    if (this.#isFar) return spawn(process.execPath, [CLI, ...args], { env, stdio })
    const argv = [`--net=/proc/${pid}/ns/net`, '--', process.execPath, CLI, ...args]
    return spawn('nsenter', argv, { env, stdio })
  }

  /** Ends what was begun. */
  async leave(): Promise<void> {
    await this.knet('stop', '--all')
    rmSync(this.#home, { recursive: true, force: true })
  }
}

async function said(child: ReturnType<typeof spawn>): Promise<Said> {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  const [exitCode] = (await once(child, 'close')) as [number]
  return { exitCode, stdout, stderr }
}
