import { Command as Commander, CommanderError } from 'commander'
import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Command, Invocation } from './command.ts'
import { COMMANDS } from './commands.ts'
import type { Output } from './output.ts'
import { version } from './version.ts'

/** Options that every command takes. */
export interface Globals {
  readonly json: boolean
  readonly debug: boolean
  /** The lab meant, when several run. */
  readonly lab: string | undefined
  /** Answer yes to every question. */
  readonly yes: boolean
}

export interface Parsed {
  readonly command: Command
  readonly invocation: Invocation
  readonly globals: Globals
}

/**
 * Reads a command line. Resolves with an exit code when there is nothing to run: after --help, --version, or no command.
 * @throws LabError KNET_USAGE (exit 64) for what it can't read.
 */
export async function parse(argv: readonly string[], output: Output): Promise<Parsed | number> {
  let chosen: Parsed | undefined
  const program = describe((parsed) => {
    chosen = parsed
  })
  if (argv.length === 0) {
    const { welcome } = await import('./welcome.ts')
    await welcome(output)
    return EXIT.ok
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (thrown.exitCode === 0) return EXIT.ok
    throw usageError(thrown)
  }
  return chosen ?? EXIT.ok
}

function usageError(error: CommanderError): LabError {
  const message = error.message.replace(/^error: /, '')
  const unknown = /unknown command '([^']+)'/.exec(message)?.[1]
  const meant =
    unknown &&
    nearest(
      unknown,
      COMMANDS.map((command) => command.name),
    )
  return new LabError('KNET_USAGE', {
    message: unknown
      ? `There is no command "${unknown}".`
      : `${message[0]?.toUpperCase() ?? ''}${message.slice(1)}.`,
    hint: meant
      ? `Did you mean "knet-labs ${meant}"?`
      : 'knet-labs --help lists the commands, and each has --help with examples.',
    exitCode: EXIT.usage,
  })
}

function describe(choose: (parsed: Parsed) => void): Commander {
  const program = new Commander('knet-labs')
    .description(
      'Kubernetes networking, packet by packet: a small cluster in a second, real commands in real nodes.',
    )
    .version(version(), '-V, --version', 'print the version')
    .enablePositionalOptions()
    .helpCommand(false)
    .addHelpText('after', '\nStart here:\n  knet-labs list\n  knet-labs start flannel')
  quiet(program)
  for (const command of COMMANDS) program.addCommand(build(command, choose))
  return program
}

/** Commander must neither print errors nor exit: main.ts does both. */
function quiet(commander: Commander): Commander {
  return commander.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined })
}

function build(command: Command, choose: (parsed: Parsed) => void): Commander {
  const built = quiet(new Commander(command.name)).description(command.summary)
  for (const argument of command.arguments ?? []) built.argument(argument.name, argument.summary)
  for (const option of command.options ?? []) built.option(option.flags, option.summary)
  addGlobals(built, command)
  if (command.passThrough) built.passThroughOptions()
  if (command.name === 'kubectl') built.allowUnknownOption().helpOption(false)
  built.addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`)
  for (const sub of command.subcommands ?? []) built.addCommand(build(sub, choose))
  if (command.run) {
    built.action(() => {
      choose({ command, invocation: { args: built.args, options: built.opts() }, globals: globalsOf(built) })
    })
  }
  return built
}

function addGlobals(built: Commander, { options }: Command): void {
  built.option('--json', 'print JSON: one document, or one event a line')
  // `reset --lab` was there first: it takes the name as well.
  const hasOwn = options?.some(({ flags }) => flags.startsWith('--lab '))
  if (!hasOwn) built.option('--lab <name>', 'which lab, when several run')
  built.option('-y, --yes', 'answer yes to every question').option('--debug', 'show stack traces')
}

function globalsOf(built: Commander): Globals {
  const options = built.opts<{ json?: boolean; debug?: boolean; lab?: string | boolean; yes?: boolean }>()
  return {
    json: options.json ?? false,
    debug: options.debug ?? false,
    lab: typeof options.lab === 'string' ? options.lab : undefined,
    yes: options.yes ?? false,
  }
}
