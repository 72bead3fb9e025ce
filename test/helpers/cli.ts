import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { until } from '../../src/base/until.ts'

export const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Buffer
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** A stranger's home: the built CLI with its own state folder, and everything of it stopped at the end. */
export class Stranger {
  readonly home = mkdtempSync(join(tmpdir(), 'knet-e2e-'))
  readonly env: NodeJS.ProcessEnv
  /** Command that each run of the CLI is started by, such as unshare with its options. */
  readonly #through: readonly string[]

  constructor(env: NodeJS.ProcessEnv = {}, through: readonly string[] = []) {
    const { XDG_STATE_HOME: _, KNET_LABS: __, ...inherited } = process.env
    this.env = { ...inherited, HOME: this.home, NO_COLOR: '1', ...env }
    this.#through = through
  }

  /** Files of one lab. */
  lab(id: string): string {
    return join(this.home, '.local/state/knet-labs/labs', id)
  }

  /** Starts the CLI without a terminal; the caller ends it. */
  spawn(args: readonly string[], options: RunOptions = {}): ChildProcess {
    return this.#start([...this.#through, process.execPath, CLI, ...args], options)
  }

  /** Runs the CLI without a terminal. */
  run(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    return finished(this.spawn(args, options), options.input)
  }

  async json<T>(args: readonly string[]): Promise<T> {
    const { stdout } = await this.run([...args, '--json'])
    return JSON.parse(stdout) as T
  }

  /** Runs kubectl as on the learner's own computer, on a lab's cluster. */
  kubectl(args: readonly string[], options: RunOptions & { lab?: string; binary?: string } = {}) {
    const { lab = 'flannel', binary = 'kubectl' } = options
    const env = { ...options.env, KUBECONFIG: join(this.lab(lab), 'kubeconfig') }
    return finished(this.#start([binary, ...args], { ...options, env }), options.input)
  }

  /** What a command on a machine says; throws when it fails. */
  async on(machine: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(['exec', machine, '--', 'sh', '-c', script])
    if (code !== 0) throw new Error(`${script} on ${machine}: exit ${code}: ${stderr}`)
    return stdout.trim()
  }

  /** Pid of a running lab's holder, as this host numbers it. */
  holder(lab: string): number {
    return (JSON.parse(readFileSync(join(this.lab(lab), 'run/holder.json'), 'utf8')) as { pid: number }).pid
  }

  async leave(): Promise<void> {
    await this.run(['stop', '--all'])
    rmSync(this.home, { recursive: true, force: true })
  }

  #start([command = '', ...args]: readonly string[], options: RunOptions): ChildProcess {
    return spawn(command, args, {
      env: { ...this.env, ...options.env },
      cwd: options.cwd ?? this.home,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 60_000,
    })
  }
}

/** What a child says until it ends; as a shell has it, 128 + signal when a signal ended it. */
export function finished(child: ChildProcess, input?: string | Buffer): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('latin1').on('data', (chunk: string) => (stdout += chunk))
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.once('error', reject)
    child.once('close', (code, signal) =>
      resolve({
        code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'],
        stdout: Buffer.from(stdout, 'latin1').toString(),
        stderr,
      }),
    )
    // Who does not read all of it is tested too.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** Looks until the wanted is seen; fails with what was seen last. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  deadlineMs = 30_000,
): Promise<T> {
  let last: T | undefined
  try {
    return await until(async () => wanted((last = await look())) && { seen: last }, {
      what,
      deadlineMs,
      everyMs: 50,
      maxEveryMs: 500,
    }).then(({ seen }) => seen)
  } catch {
    throw new Error(`waited for ${what}; last seen: ${JSON.stringify(last)?.slice(0, 3000)}`)
  }
}
