import type { Command } from './command.ts'
import { author } from './commands/author.ts'
import { bundle } from './commands/bundle.ts'
import { calicoctl } from './commands/calicoctl.ts'
import { capture } from './commands/capture.ts'
import { check } from './commands/check.ts'
import { completion } from './commands/completion.ts'
import { doctor } from './commands/doctor.ts'
import { exec } from './commands/exec.ts'
import { hint } from './commands/hint.ts'
import { kubectl } from './commands/kubectl.ts'
import { list } from './commands/list.ts'
import { reset } from './commands/reset.ts'
import { resume } from './commands/resume.ts'
import { shell } from './commands/shell.ts'
import { solve } from './commands/solve.ts'
import { start } from './commands/start.ts'
import { status } from './commands/status.ts'
import { goto, next, prev, step } from './commands/steps.ts'
import { stop } from './commands/stop.ts'
import { test } from './commands/test.ts'

/** Every command under its heading, in the order that --help shows them. */
export const GROUPS: readonly (readonly [heading: string, commands: readonly Command[]])[] = [
  ['Labs:', [list, start, resume, stop, doctor]],
  ['In a lab:', [step, check, hint, solve, next, prev, goto, reset, status]],
  ['In its machines:', [shell, exec, kubectl, calicoctl, capture]],
  ['For authors, and once:', [bundle, test, author, completion]],
]

export const COMMANDS: readonly Command[] = GROUPS.flatMap(([, commands]) => commands)
