import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Environment } from '../cluster/environment.ts'
import { splitWords } from '../lab/kubectl-words.ts'
import type { SuggestionView } from '../session/view.ts'
import { help } from './commands/prompt-help.ts'
import { parse, type Parsed } from './parse.ts'

/** The keys of the prompt, and the words they stand for. */
const KEYS: Readonly<Record<string, string>> = {
  c: 'check',
  h: 'hint',
  n: 'next',
  p: 'prev',
  s: 'shell',
  v: 'solve',
  r: 'reset',
  l: 'status',
  list: 'status',
  g: 'goto',
  t: 'step',
  k: 'kubectl',
  '?': 'help',
}

/** Commands that make sense in a lesson. */
const WORDS = 'check hint next prev goto step solve reset status shell exec kubectl calicoctl capture'.split(
  ' ',
)

type Action = Pick<Parsed, 'command' | 'invocation'>

/**
 * What a typed line means: a key or a command with its arguments, a number for a suggested command, or a machine's name
 * and a command to run there (`node0 ip route | wc -l`).
 * @throws LabError KNET_USAGE that suggests the nearest word.
 */
export async function promptWords(
  typed: string,
  environment: Environment,
  run: readonly SuggestionView[],
): Promise<Action> {
  const [word = ''] = typed.split(/\s/, 1)
  const rest = typed.slice(word.length).trim()
  const machines = machineNames(environment)
  if (/^\d+$/.test(word)) return await invoke(suggested(Number(word), run, machines))
  const name = Object.hasOwn(KEYS, word) ? KEYS[word] : word
  if (name === 'help') return { command: help, invocation: { args: [], options: {} } }
  if (name !== undefined && WORDS.includes(name)) return await invoke([name, ...splitWords(rest)])
  if (machines.includes(word)) return await invoke(rest ? inShell(word, rest) : ['shell', word])
  const meant = nearest(word, [...WORDS, 'quit', ...machines])
  throw new LabError('KNET_USAGE', {
    message: `"${word}" is none of the prompt's words.`,
    hint: meant ? `Did you mean "${meant}"? ? shows them all.` : '? shows them all.',
    exitCode: EXIT.usage,
  })
}

/** What Tab offers, as readline's completer returns it. */
export function completions(line: string, environment: Environment): [string[], string] {
  const machines = machineNames(environment)
  const last = line.split(' ').at(-1) ?? ''
  const isFirst = !line.includes(' ')
  const words = isFirst ? [...WORDS, 'quit', 'help', ...machines] : machines
  return [words.filter((word) => word.startsWith(last)), last]
}

const machineNames = (environment: Environment) => environment.running.machines.map(({ name }) => name)

const inShell = (machine: string, line: string) => ['exec', machine, '--', 'sh', '-c', line]

/** A lab's words run in its machines and pods only, kubectl's too: nodes have it, and the lab's manifests. */
function suggested(number: number, run: readonly SuggestionView[], machines: readonly string[]): string[] {
  const suggestion = run[number - 1]
  if (suggestion) return inShell(suggestion.on ?? machines[0] ?? '', suggestion.command)
  const those = run.length === 0 ? 'no commands' : run.length === 1 ? 'only 1' : `1 to ${run.length}`
  throw new LabError('KNET_USAGE', {
    message: `This step suggests ${those}.`,
    hint: 't shows the step again.',
    exitCode: EXIT.usage,
  })
}

async function invoke(words: readonly string[]): Promise<Action> {
  const parsed = await parse(words)
  if (typeof parsed === 'object') return parsed
  // --help was asked for, and has been given.
  return { command: { name: 'nothing', summary: '', examples: [] }, invocation: { args: [], options: {} } }
}
