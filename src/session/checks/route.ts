import type { Params } from '../../lab/check-schema.ts'
import { type KernelRoute, routes } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, search, where } from './answer.ts'

/** A line of the main routing table. */
export async function routeCheck(check: Params<'route'>, world: World): Promise<Answer> {
  const table = await routes(world, check.on, check.netns)
  return search({
    what: `route to ${check.to} ${where(check.on, check.netns)}`,
    candidates: table.filter((route) => route.dst === check.to),
    wanted: { via: check.via, dev: check.dev, onlink: check.onlink },
    read: (route) => ({ via: route.gateway, dev: route.dev, onlink: route.flags.includes('onlink') }),
    describe,
  })
}

const describe = (route: KernelRoute) =>
  [route.dst, ...(route.gateway ? ['via', route.gateway] : []), 'dev', route.dev, ...route.flags].join(' ')
