import { createInterface } from 'node:readline/promises'

/** Whether somebody sits at a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY
}

/**
 * Asks a yes-or-no question on the terminal. Without one there is nobody to ask, so the answer is no: a script says --yes.
 */
export async function confirm(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!canAsk()) return false
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^(y|yes)?$/i.test((await prompt.question(`${question} [Y/n] `)).trim())
  } catch {
    // Ctrl-C or Ctrl-D at the question.
    return false
  } finally {
    prompt.close()
  }
}
