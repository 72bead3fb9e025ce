import { witness } from '../../capture/witness.ts'
import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import { type Answer, quoted } from './answer.ts'
import { described, matching, wrongCount } from './packets.ts'

const SECONDS = 5

/** Arms a capture, makes the trigger send, and looks at what passed. */
export async function captureCheck(check: Params<'capture'>, world: World): Promise<Answer> {
  const [machine, sender] = await Promise.all([world.machine(check.on), world.machine(check.trigger.on)])
  const seconds = check.seconds ?? SECONDS
  const testimony = await witness(machine, {
    interface: check.interface,
    filter: check.filter,
    display: check.display,
    seconds,
    fields: Object.keys(check.fields ?? {}),
    signal: world.signal,
    trigger: () =>
      sender.exec(['sh', '-c', check.trigger.run], {
        timeoutMs: seconds * 1e3,
        ...(world.signal && { signal: world.signal }),
      }),
  })
  const hits = matching(testimony.packets, check.fields)
  const wrong = wrongCount(hits.length, check)
  const seen = described(testimony.packets, check.fields)
  const listened = `${check.interface} of ${check.on}${check.filter ? ` (filter: ${check.filter})` : ''}`
  const wanted = [check.display, ...Object.entries(check.fields ?? {}).map((pair) => pair.join('='))]
  if (wrong === undefined) return { ok: true, seen, why: `Packets passed ${listened}:\n${seen}` }
  const { stdout, stderr, exitCode } = testimony.trigger
  const why = [
    `Listened on ${listened} while "${check.trigger.run}" ran on ${check.trigger.on}.`,
    `Of ${testimony.captured} packets captured, those wanted${wanted.filter(Boolean).length ? ` (${wanted.filter(Boolean).join(', ')})` : ''}: ${wrong}.`,
    ...(testimony.packets.length ? [`Seen:\n${seen}`] : []),
    `The command ended with ${exitCode} and said: ${quoted(stderr || stdout, 3)}`,
  ]
  return { ok: false, seen, why: why.join('\n') }
}
