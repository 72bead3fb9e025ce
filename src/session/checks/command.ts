import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import { type Answer, quoted } from './answer.ts'

/** A shell command on a machine or in a pod: its exit code (0 unless said) and output. */
export async function commandCheck(check: Params<'command'>, world: World): Promise<Answer> {
  const { text, exit } = await world.read(check.on, check.run)
  const seen = quoted(text)
  const wanted = check.exit ?? 0
  const said = `"${check.run}" on ${check.on}`
  if (exit !== wanted) return { ok: false, seen, why: `${said} ended with ${exit}, not ${wanted}: ${seen}` }
  if (check.stdout !== undefined && !new RegExp(check.stdout, 'm').test(text)) {
    return { ok: false, seen, why: `${said} says:\n${seen}` }
  }
  return { ok: true, seen, why: `${said} says:\n${seen}` }
}
