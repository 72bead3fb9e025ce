import type { Params } from '../../lab/check-schema.ts'
import { fdb } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, search } from './answer.ts'

/** A forwarding entry of a bridge port or VXLAN device. */
export async function fdbCheck(check: Params<'fdb'>, world: World): Promise<Answer> {
  const table = await fdb(world, check.on, check.dev)
  return search({
    what: `forwarding entry for ${check.mac ?? check.dst ?? 'anybody'} on ${check.dev} of ${check.on}`,
    candidates: table.filter((entry) => check.mac === undefined || entry.mac === check.mac.toLowerCase()),
    wanted: { dst: check.dst },
    read: (entry) => ({ dst: entry.dst }),
    describe: (entry) => `${entry.mac}${entry.dst ? ` dst ${entry.dst}` : ''}`,
  })
}
