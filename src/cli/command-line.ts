import { EXIT, LabError, messageOf } from '../base/errors.ts'
import { pathsFrom } from '../base/paths.ts'
import { composeApp } from './compose.ts'
import { diskTrouble } from './disk-trouble.ts'
import { runElsewhere } from './elsewhere.ts'
import { Interrupts } from './interrupts.ts'
import { leaveHome } from './leave-home.ts'
import { Output } from './output.ts'
import { parse } from './parse.ts'

/** Runs one command line. @returns the exit code; errors have been told. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const debug = argv.includes('--debug') || Boolean(process.env['KNET_DEBUG'])
  const json = argv.includes('--json')
  const output = new Output({ json, stdout: process.stdout, stderr: process.stderr, env: process.env })
  const interrupts = new Interrupts()
  try {
    const parsed = await parse(argv)
    if (typeof parsed === 'number') return parsed
    const app = composeApp({ output, env: process.env, globals: parsed.globals, interrupts })
    const exitCode =
      (await runElsewhere(app, parsed, argv)) ?? (await parsed.command.run?.(app, parsed.invocation))
    return exitCode ?? EXIT.ok
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
