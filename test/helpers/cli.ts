import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A stranger's home: the built CLI with its own state folder, and everything of it stopped at the end. */
export class Stranger {
  readonly home = mkdtempSync(join(tmpdir(), 'knet-e2e-'))
  readonly env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv = {}) {
    const { XDG_STATE_HOME: _, ...inherited } = process.env
    this.env = { ...inherited, HOME: this.home, NO_COLOR: '1', ...env }
  }

  /** Runs the CLI without a terminal. */
  run(args: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Promise<CliResult> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [CLI, ...args], {
        env: this.env,
        stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        timeout: options.timeoutMs ?? 60_000,
      })
      let stdout = ''
      let stderr = ''
      child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
      child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr }))
      child.stdin?.end(options.input)
    })
  }

  async json<T>(args: readonly string[]): Promise<T> {
    const { stdout } = await this.run([...args, '--json'])
    return JSON.parse(stdout) as T
  }

  async leave(): Promise<void> {
    await this.run(['stop', '--all'])
    rmSync(this.home, { recursive: true, force: true })
  }
}
