import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import type { Answer } from './answer.ts'

/** A named network namespace that really is one: `ip netns add` mounts it, a left-over file is not enough. */
export async function netnsCheck(check: Params<'netns'>, world: World): Promise<Answer> {
  const { text } = await world.read(
    check.on,
    'for f in /run/netns/*; do [ "$(stat -f -c %T $f 2>/dev/null)" = nsfs ] && basename $f; done; true',
  )
  const names = text.split('\n').filter(Boolean)
  const ok = names.includes(check.name)
  const seen = names.join(', ') || 'none'
  const why = `There is ${ok ? 'a' : 'no'} network namespace ${check.name} on ${check.on}; ip netns lists: ${seen}.`
  return { ok, seen, why }
}
