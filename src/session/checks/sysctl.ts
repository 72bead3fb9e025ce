import type { Params } from '../../lab/check-schema.ts'
import { inside } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, same, where } from './answer.ts'

/** A kernel setting, by the name that sysctl(8) uses. */
export async function sysctlCheck(check: Params<'sysctl'>, world: World): Promise<Answer> {
  const path = `/proc/sys/${check.name.replaceAll('.', '/')}`
  const { text } = await world.read(check.on, inside(check.netns, `cat ${path}`))
  const seen = text.trim()
  return {
    ok: same(seen, check.equals),
    seen,
    why: `${check.name} ${where(check.on, check.netns)} is ${seen}${same(seen, check.equals) ? '' : `, not ${check.equals}`}.`,
  }
}
