import { Command, CommanderError } from 'commander'
import { LabError } from '../base/errors.ts'
import { ApiError } from '../kube/client.ts'
import { CalicoError } from './calico-error.ts'
import { InvalidAddress } from './commands/ipam-show.ts'
import { NoConnection } from './connection.ts'
import { FileError } from './documents.ts'
import { groupHelp, help, USAGE, usageOf, verbHelp } from './help.ts'
import type { Option, Surroundings, Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

/** Runs one command line. @returns the exit code */
export async function run(argv: readonly string[], around: Surroundings): Promise<number> {
  const { words, passedOn } = withoutLeading(argv)
  const [first = ''] = words
  if (first === '-h' || first === '--help') return said(around, help())
  if (first === '--version') return said(around, "Run 'calicoctl version' to see version information.\n")
  if (first === '' || first.startsWith('-')) {
    around.complain(USAGE)
    around.print(
      `Invalid option: '${argv.join(' ')}'. Use flag '--help' to read about a specific subcommand.\n`,
    )
    return 1
  }
  const verb = verbIn(words)
  if (verb) return runVerb(verb, [...words.slice(verb.name.split(' ').length), ...passedOn], around)
  if (!VERBS.some(({ name }) => name.startsWith(`${first} `))) {
    around.complain(`Unknown command: "${first}"\n${help()}\n`)
    return 1
  }
  if (words.length > 1) return said(around, groupHelp(first))
  around.complain(`Usage:\n  calicoctl ${first} <command> [<args>...]\n`)
  return 1
}

/** Options may come before the command as well. */
function withoutLeading(argv: readonly string[]): { words: readonly string[]; passedOn: readonly string[] } {
  const [first = '', second = '', ...rest] = argv
  if (first === '--allow-version-mismatch' || first.startsWith('--context=')) {
    const { words, passedOn } = withoutLeading(argv.slice(1))
    return { words, passedOn: [first, ...passedOn] }
  }
  if (first === '--context') {
    const { words, passedOn } = withoutLeading(rest)
    return { words, passedOn: [first, second, ...passedOn] }
  }
  if (first === '-l' || first === '--log-level') return withoutLeading(rest)
  return /^(--log-level=|-l.)/.test(first) ? withoutLeading(argv.slice(1)) : { words: argv, passedOn: [] }
}

function verbIn(words: readonly string[]): Verb | undefined {
  return VERBS.find(({ name }) => name.split(' ').every((word, at) => words[at] === word))
}

function said(around: Surroundings, text: string): number {
  around.print(text)
  return 0
}

async function runVerb(verb: Verb, words: readonly string[], around: Surroundings): Promise<number> {
  if (words.includes('-h') || words.includes('--help')) return said(around, verbHelp(verb))
  try {
    const { args, options } = parsed(verb, words)
    return await verb.run({ args, options, around })
  } catch (thrown) {
    if (thrown instanceof CommanderError || thrown instanceof UsageError) around.complain(usageOf(verb))
    else if (thrown instanceof NoConnection || thrown instanceof InvalidAddress)
      around.print(`${thrown.message}\n`)
    else if (thrown instanceof FileError) around.complain(`Failed to execute command: ${thrown.message}\n`)
    else if (isForPeople(thrown)) around.complain(`${thrown.message}\n`)
    else throw thrown
    return 1
  }
}

/** Said by Calico's rules, by the API server, or because nobody answers. */
function isForPeople(thrown: unknown): thrown is Error {
  return thrown instanceof CalicoError || thrown instanceof ApiError || thrown instanceof LabError
}

/** Words that are none of the command's. */
class UsageError extends Error {}

function parsed(verb: Verb, words: readonly string[]) {
  const command = new Command(verb.name)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .helpOption(false)
    .allowExcessArguments(false)
  for (const argument of verb.args ?? []) command.argument(argument)
  for (const [flags] of verb.options) command.option(flags)
  // As kubectl once had it.
  command.parse(
    words.map((word) => (word === '-a' && verb.name === 'get' ? '-A' : word)),
    { from: 'user' },
  )
  const options = command.opts<Record<string, Option>>()
  const takesFile = verb.options.some(([flags]) => flags.startsWith('-f,'))
  const hasSubject = command.args.length > 0 && verb.args !== undefined
  if (takesFile && hasSubject === (options['filename'] !== undefined)) throw new UsageError()
  if (verb.name === 'patch' && options['patch'] === undefined) throw new UsageError()
  if (verb.name === 'ipam configure' && options['strictaffinity'] === undefined) throw new UsageError()
  return { args: command.args, options }
}
