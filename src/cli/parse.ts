import { Command as Commander, CommanderError } from 'commander'
import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Command, Invocation } from './command.ts'
import { COMMANDS, GROUPS } from './commands.ts'
import { version } from './version.ts'
import { welcome } from './welcome.ts'

/** Options that every command takes, before or after its name. */
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

type Choose = (parsed: Parsed) => void

/**
 * Reads a command line; without a command in it, it means {@link welcome}. Resolves with an exit code when there is
 * nothing to run: after --help and --version.
 * @throws LabError KNET_USAGE (exit 64) for what it can't read.
 */
export async function parse(argv: readonly string[]): Promise<Parsed | number> {
  let chosen: Parsed | undefined
  const program = describe((parsed) => {
    chosen = parsed
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    if (thrown.exitCode === 0) return EXIT.ok
    throw usageError(thrown, argv)
  }
  return chosen ?? EXIT.ok
}

function usageError({ message }: CommanderError, argv: readonly string[]): LabError {
  const [said = ''] = message.replace(/^error: /, '').split('\n')
  const unknown = /unknown command '([^']+)'/.exec(said)?.[1]
  if (said === '(outputHelp)') return missingSubcommand(argv)
  return new LabError('KNET_USAGE', {
    message: unknown ? `There is no command "${unknown}".` : sentence(said),
    hint: unknown ? hintForUnknown(unknown, argv) : hintFor(message, argv),
    exitCode: EXIT.usage,
  })
}

function missingSubcommand(argv: readonly string[]): LabError {
  const { name, subcommands } = COMMANDS.find((command) => argv.includes(command.name)) ?? {}
  const words = subcommands?.map((sub) => sub.name).join(', ')
  return new LabError('KNET_USAGE', {
    message: `knet-labs ${name} wants one more word: ${words}.`,
    hint: hintFor('', argv),
    exitCode: EXIT.usage,
  })
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1).replace(/\.$/, '')}.`
}

function hintForUnknown(unknown: string, argv: readonly string[]): string {
  const group = COMMANDS.find(({ name, subcommands }) => subcommands && argv.includes(name))
  const meant = nearest(
    unknown,
    (group?.subcommands ?? COMMANDS).map(({ name }) => name),
  )
  const before = group ? `knet-labs ${group.name}` : 'knet-labs'
  if (meant) return `Did you mean "${before} ${meant}"?`
  return `${before} --help lists the commands, and each has --help with examples.`
}

/** An example of the command that was meant, since most of what goes wrong is in front of it. */
function hintFor(message: string, argv: readonly string[]): string {
  const option = /\(Did you mean (\S+)\?\)/.exec(message)?.[1]
  if (option) return `Did you mean ${option}?`
  const command = COMMANDS.find(({ name }) => argv.includes(name))
  const [example] = command?.examples ?? []
  return example
    ? `For example: ${example}      (more: knet-labs ${command?.name} --help)`
    : 'knet-labs --help'
}

function describe(choose: Choose): Commander {
  const program = new Commander('knet-labs')
    .description(
      'Kubernetes networking, packet by packet: a small cluster in a second, real commands in real nodes.',
    )
    .usage('<command> [options]')
    .version(version(), '-V, --version', 'print the version')
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: term })
    .helpCommand(false)
    .addHelpText('after', '\nStart here:\n  knet-labs list\n  knet-labs start flannel')
    .argument('[command...]')
    .action(([unknown]: string[]) => {
      if (unknown !== undefined) program.error(`unknown command '${unknown}'`)
      choose({ command: welcome, invocation: { args: [], options: {} }, globals: globalsOf(program) })
    })
  addGlobals(quiet(program), undefined)
  for (const [title, commands] of GROUPS) {
    for (const command of commands) program.addCommand(build(command, choose).helpGroup(title))
  }
  return program
}

/** Name and arguments; commander would add "[options]" to each. */
const term = (command: Commander) =>
  [
    command.name(),
    ...command.registeredArguments.map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`
      return argument.required ? `<${name}>` : `[${name}]`
    }),
  ].join(' ')

/** Commander must neither print errors nor exit: main.ts does both. */
function quiet(commander: Commander): Commander {
  return commander.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined })
}

/** Programs with options and help of their own. */
const OTHERS = new Set(['kubectl', 'calicoctl'])

function build(command: Command, choose: Choose): Commander {
  const built = quiet(new Commander(command.name)).description(command.summary).helpCommand(false)
  for (const argument of command.arguments ?? []) built.argument(argument.name, argument.summary)
  for (const option of command.options ?? []) built.option(option.flags, option.summary)
  addGlobals(built, command)
  if (command.passThrough) built.passThroughOptions()
  if (OTHERS.has(command.name)) built.allowUnknownOption().helpOption(false)
  built.addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`)
  for (const sub of command.subcommands ?? []) built.addCommand(build(sub, choose))
  if (command.run) {
    built.action(() => {
      choose({ command, invocation: { args: built.args, options: built.opts() }, globals: globalsOf(built) })
    })
  }
  return built
}

function addGlobals(built: Commander, command: Command | undefined): void {
  built.option('--json', 'print JSON: one document, or one event a line')
  // `reset --lab` was there first: it takes the name as well.
  const hasOwn = command?.options?.some(({ flags }) => flags.startsWith('--lab '))
  if (!hasOwn) built.option('--lab <name>', 'which lab, when several run')
  built.option('-y, --yes', 'answer yes to every question').option('--debug', 'show stack traces')
}

function globalsOf(built: Commander): Globals {
  const options = built.optsWithGlobals<{
    json?: boolean
    debug?: boolean
    lab?: string | boolean
    yes?: boolean
  }>()
  return {
    json: options.json ?? false,
    debug: options.debug ?? false,
    lab: typeof options.lab === 'string' ? options.lab : undefined,
    yes: options.yes ?? false,
  }
}
