import type { App } from './compose.ts'

/** A flag of a command, in commander's notation: `-w, --watch` or `--to <step>`. */
export interface Option {
  readonly flags: string
  readonly summary: string
}

export interface Invocation {
  /** Positional arguments, in the order of `Command.arguments`; a variadic one takes the rest. */
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

/**
 * One subcommand as data: `main.ts` turns these into commander's objects, so that a command file holds what it does and
 * how it is explained, and nothing of argument parsing.
 */
export interface Command {
  readonly name: string
  readonly summary: string
  /** In commander's notation: `<lab>`, `[machine]`, `[command...]`. */
  readonly arguments?: readonly { name: string; summary: string }[]
  readonly options?: readonly Option[]
  /** Whole command lines, shown by --help. */
  readonly examples: readonly string[]
  /** Everything after the first positional argument belongs to the learner's command, flags too. */
  readonly passThrough?: boolean
  readonly subcommands?: readonly Command[]
  /** Resolves with the exit code. */
  run?(app: App, invocation: Invocation): Promise<number>
}
