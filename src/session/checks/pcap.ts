import { decodeFile } from '../../capture/tshark.ts'
import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import type { Answer } from './answer.ts'
import { described, matching, wrongCount } from './packets.ts'

/** A capture file the learner saved: is there, is one, and has the packets. */
export async function pcapCheck(check: Params<'pcap'>, world: World): Promise<Answer> {
  const { text } = await world.read(check.on, `stat -c %s '${check.file}' 2>/dev/null`)
  const name = `${check.file} on ${check.on}`
  if (text.trim() === '') return { ok: false, seen: 'no file', why: `There is no file ${name}.` }
  const packets = await decodeFile(await world.machine(check.on), check.file, {
    display: check.display,
    fields: Object.keys(check.fields ?? {}),
    signal: world.signal,
  }).catch((error: unknown) => String(error))
  if (typeof packets === 'string') {
    return { ok: false, seen: packets, why: `${name} is not a capture that can be read: ${packets}` }
  }
  const wrong = wrongCount(matching(packets, check.fields).length, check)
  const seen = described(packets, check.fields)
  const wanted = [check.display, ...Object.entries(check.fields ?? {}).map((pair) => pair.join('='))]
  return wrong === undefined
    ? { ok: true, seen, why: `${name} has the packets:\n${seen}` }
    : {
        ok: false,
        seen,
        why: `${name} should have packets with ${wanted.filter(Boolean).join(', ')}; it has ${wrong}.`,
      }
}
