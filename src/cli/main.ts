import { EXIT, LabError, messageOf } from '../base/errors.ts'
import { pathsFrom } from '../base/paths.ts'
import { composeApp } from './compose.ts'
import { diskTrouble } from './disk-trouble.ts'
import { Interrupts } from './interrupts.ts'
import { leaveHome } from './leave-home.ts'
import { Output } from './output.ts'
import { parse } from './parse.ts'

/**
 * Programs that this same file runs as inside the sandbox. They come first so that neither pays for the command line.
 */
async function runInnerProgram(name: string | undefined, argv: readonly string[]): Promise<boolean> {
  if (name === '__control-plane') {
    const { composeControlPlane } = await import('./compose.ts')
    await composeControlPlane(argv[0] ?? '')
    return true
  }
  if (name === '__compile-labs') {
    const { compileLabs } = await import('./compose.ts')
    await compileLabs()
    return true
  }
  if (name === '__workload') {
    const { runWorkload } = await import('../workloads/run.ts')
    process.exitCode = await runWorkload(argv[0] ?? '', argv.slice(1))
    return true
  }
  return false
}

async function runCommandLine(argv: readonly string[]): Promise<number> {
  const debug = argv.includes('--debug') || Boolean(process.env['KNET_DEBUG'])
  const json = argv.includes('--json')
  const output = new Output({ json, stdout: process.stdout, stderr: process.stderr, env: process.env })
  const interrupts = new Interrupts()
  try {
    const parsed = await parse(argv)
    if (typeof parsed === 'number') return parsed
    const app = composeApp({ output, env: process.env, globals: parsed.globals, interrupts })
    return (await parsed.command.run?.(app, parsed.invocation)) ?? EXIT.ok
  } catch (thrown) {
    // What was under way when Ctrl-C came may fail with words of its own.
    const { aborted, reason } = interrupts.signal
    return report(aborted ? reason : thrown, output, debug)
  } finally {
    leaveHome(pathsFrom(process.env), process.env)
  }
}

function report(thrown: unknown, output: Output, debug: boolean): number {
  const error =
    thrown instanceof LabError
      ? thrown
      : (diskTrouble(thrown) ??
        new LabError('KNET_BUG', {
          message: `Something in knet-labs itself went wrong: ${messageOf(thrown)}`,
          hint: 'Run the same command with --debug and report what it prints; "knet-labs stop --all" cleans up.',
          cause: thrown,
        }))
  output.failure(error)
  if (debug) process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? '') : String(thrown)}\n`)
  return error.exitCode
}

const [name, ...rest] = process.argv.slice(2)
if (!(await runInnerProgram(name, rest))) {
  // A reader that goes away (`| head`) is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  process.exitCode = await runCommandLine(process.argv.slice(2))
}
