import type { Params } from '../../lab/check-schema.ts'
import { neighbours } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, search, where } from './answer.ts'

/** An entry of the neighbour (ARP) table. */
export async function neighbourCheck(check: Params<'neighbour'>, world: World): Promise<Answer> {
  const table = await neighbours(world, check.on, check.netns)
  const entries = table.filter((entry) => entry.dst === check.ip)
  const { dev, mac, state } = check
  return search({
    what: `neighbour ${check.ip} ${where(check.on, check.netns)}`,
    candidates: entries,
    wanted: { dev, mac, ...(state && { state: state.join(' or ') }) },
    read: (entry) => ({
      dev: entry.dev,
      mac: entry.lladdr,
      // As wanted when it is one of several.
      state: entry.state.some((one) => state?.includes(one)) ? state?.join(' or ') : entry.state.join(),
    }),
    describe: (entry) =>
      `${entry.dst} dev ${entry.dev} lladdr ${entry.lladdr ?? 'unknown'} ${entry.state.join()}`,
  })
}
