import type { Params } from '../../lab/check-schema.ts'
import { addressesOf, links } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, where } from './answer.ts'

/** An IPv4 address with its prefix length; without `/n` any length will do. */
export async function addressCheck(check: Params<'address'>, world: World): Promise<Answer> {
  const found = (await links(world, check.on, check.netns))
    .filter((link) => check.dev === undefined || link.ifname === check.dev)
    .flatMap((link) => addressesOf(link).map((address) => ({ dev: link.ifname, address })))
  const hit = found.find(
    ({ address }) => address === check.address || address.split('/')[0] === check.address,
  )
  const seen = found.map(({ dev, address }) => `${address} on ${dev}`).join(', ') || 'no addresses'
  const place = `${check.dev === undefined ? '' : `${check.dev} `}${where(check.on, check.netns)}`
  return hit
    ? {
        ok: true,
        seen: `${hit.address} on ${hit.dev}`,
        why: `${hit.address} is on ${hit.dev} ${where(check.on, check.netns)}.`,
      }
    : {
        ok: false,
        seen,
        why: `${check.address} is not on ${place}; there ${found.length === 1 ? 'is' : 'are'} ${seen}.`,
      }
}
