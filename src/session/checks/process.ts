import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import { type Answer, quoted, where } from './answer.ts'

/** Command lines of all processes, blanks between the words, by way of /proc: ps is not everywhere. */
const ALL =
  'for p in /proc/[0-9]*; do [ -r $p/cmdline ] && echo "${p#/proc/} $(tr "\\0" " " <$p/cmdline)"; done; true'

/** Processes by command line, on a machine or only in one of its network namespaces. */
export async function processCheck(check: Params<'process'>, world: World): Promise<Answer> {
  const [all, members] = await Promise.all([
    world.read(check.on, ALL),
    check.netns === undefined ? undefined : world.read(check.on, `ip netns pids '${check.netns}'`),
  ])
  const pids = members && new Set(members.text.split('\n'))
  const pattern = new RegExp(check.match)
  const found = all.text
    .split('\n')
    .map((line) => /^(\d+) (.+)$/.exec(line.trim()))
    .filter((match) => match && pattern.test(match[2] ?? '') && (!pids || pids.has(match[1] ?? '')))
    .map((match) => match?.[0] ?? '')
  const [atLeast, atMost] = [check.atLeast ?? 1, check.atMost ?? Infinity]
  const seen = quoted(found.join('\n'))
  const ok = found.length >= atLeast && found.length <= atMost
  const place = where(check.on, check.netns)
  return { ok, seen, why: `${found.length} processes ${place} match ${check.match}: ${seen}.` }
}
