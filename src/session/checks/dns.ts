import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import { type Answer, quoted } from './answer.ts'

/** Resolves a name from a machine or pod with nslookup, so that a pod's own search list applies. */
export async function dnsCheck(check: Params<'dns'>, world: World): Promise<Answer> {
  const machine = await world.machine(check.on)
  const said = await machine.exec(['nslookup', check.name, ...(check.server ? [check.server] : [])], {
    timeoutMs: 5000,
    ...(world.signal && { signal: world.signal }),
  })
  const found = addresses(said.stdout)
  const seen = found.join(', ') || quoted(said.stdout + said.stderr, 3)
  const missing = (check.answers ?? []).filter((address) => !found.includes(address))
  const ok = found.length > 0 && missing.length === 0
  const why = ok
    ? `${check.name} is ${seen} as seen from ${check.on}.`
    : `${check.name}, asked from ${check.on}, ${found.length ? `is ${seen}, not ${missing.join(', ')}` : `does not resolve: ${seen}`}.`
  return { ok, seen, why }
}

/** BIND's nslookup and busybox's both begin with the server's own address; answers come after the name. */
function addresses(output: string): string[] {
  const answers = output.slice(Math.max(0, output.search(/^Name:/m)))
  if (!/^Name:/m.test(output)) return []
  return [...answers.matchAll(/^Address(?: \d+)?:\s*([0-9a-f.:]+)/gm)].map(([, address = '']) => address)
}
