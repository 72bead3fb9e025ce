import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Environment } from '../cluster/environment.ts'
import type { SuggestionView } from '../session/view.ts'
import type { Command, Invocation } from './command.ts'
import { check } from './commands/check.ts'
import { exec } from './commands/exec.ts'
import { help } from './commands/prompt-help.ts'
import { hint } from './commands/hint.ts'
import { kubectl } from './commands/kubectl.ts'
import { reset } from './commands/reset.ts'
import { shell } from './commands/shell.ts'
import { solve } from './commands/solve.ts'
import { status } from './commands/status.ts'
import { goto, next, prev, step } from './commands/steps.ts'

/** The keys of the prompt, and the words they stand for. */
const WORDS: Readonly<Record<string, Command>> = {
  ...{ c: check, check, h: hint, hint, n: next, next, p: prev, prev, s: shell, shell, v: solve, solve },
  ...{
    r: reset,
    reset,
    l: status,
    status,
    g: goto,
    goto,
    t: step,
    step,
    '?': help,
    help,
    exec,
    kubectl,
    k: kubectl,
  },
}

interface Action {
  readonly command: Command
  readonly invocation: Invocation
}

/**
 * What a typed line means: a key or a command's name with its arguments, a number for a suggested command, or a machine's
 * name and a command to run there (`node0 ip route`).
 * @throws LabError KNET_USAGE that suggests the nearest word.
 */
export function promptWords(typed: string, environment: Environment, run: readonly SuggestionView[]): Action {
  const [word = '', ...rest] = typed.split(/\s+/)
  const suggestion = /^\d+$/.test(word) ? run[Number(word) - 1] : undefined
  if (suggestion) return runSuggestion(suggestion)
  const command = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined
  if (command) return invoke(command, rest)
  const machines = environment.running.machines.map((machine) => machine.name)
  const line = typed.slice(word.length).trim()
  if (machines.includes(word)) return line ? invoke(exec, [word, 'sh', '-c', line]) : invoke(shell, [word])
  const meant = nearest(word, [...Object.keys(WORDS).filter((name) => name.length > 1), ...machines])
  throw new LabError('KNET_USAGE', {
    message: `"${word}" is none of the prompt's words.`,
    hint: meant ? `Did you mean "${meant}"? ? shows them all.` : '? shows them all.',
    exitCode: EXIT.usage,
  })
}

function runSuggestion({ on, command }: SuggestionView): Action {
  if (on) return invoke(exec, [on, 'sh', '-c', command])
  const words = command.split(/\s+/)
  return invoke(kubectl, words[0] === 'kubectl' ? words.slice(1) : words)
}

function invoke(command: Command, words: readonly string[]): Action {
  const options: Record<string, boolean> = {}
  if (command.passThrough) return { command, invocation: { args: words, options } }
  for (const word of words) if (word.startsWith('--')) options[word.slice(2)] = true
  return { command, invocation: { args: words.filter((word) => !word.startsWith('--')), options } }
}
