import type { Params } from '../../lab/check-schema.ts'
import { inside } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, quoted, where } from './answer.ts'
import { unmet } from './expectation.ts'

/** Rules as `iptables -S` writes them. */
export async function iptablesCheck(check: Params<'iptables'>, world: World): Promise<Answer> {
  const { text, exit } = await world.read(check.on, inside(check.netns, `iptables-save -t ${check.table}`))
  const place = `table ${check.table} ${where(check.on, check.netns)}`
  if (exit !== 0) return { ok: false, seen: quoted(text), why: `There is no ${place}: ${quoted(text, 1)}.` }
  const lines = text.split('\n')
  const chain = check.chain
  if (chain !== undefined && !lines.some((line) => line.startsWith(`:${chain} `))) {
    return { ok: false, seen: 'no such chain', why: `There is no chain ${chain} in ${place}.` }
  }
  const rules = lines.filter((line) => line.startsWith(chain === undefined ? '-A ' : `-A ${chain} `))
  const wanted = new RegExp(check.rule ?? '')
  const hits = rules.filter((line) => wanted.test(line))
  const what = `${check.rule === undefined ? 'rules' : `rules matching ${check.rule}`} in ${chain ?? place}`
  const wrong = unmet(String(hits.length), check.count ?? (check.rule === undefined ? {} : { atLeast: 1 }))
  const seen = quoted((hits.length ? hits : rules).join('\n'))
  return wrong
    ? {
        ok: false,
        seen,
        why: `The number of ${what} ${wrong}. There ${hits.length ? 'are' : 'is'}:\n${seen}`,
      }
    : { ok: true, seen, why: `There are ${what}:\n${seen}` }
}
