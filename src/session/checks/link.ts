import type { Params } from '../../lab/check-schema.ts'
import { type KernelLink, kindOf, links, peerOf } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, search, where } from './answer.ts'

/** An interface, and with `peer` the veth at its other end. */
export async function linkCheck(check: Params<'link'>, world: World): Promise<Answer> {
  const { name, type, mtu, mac, master, up, vni } = check
  const [here, there] = await Promise.all([
    links(world, check.on, check.netns),
    check.peer ? links(world, check.on, check.peer.netns) : [],
  ])
  const candidates = here.filter(
    (link) => link.ifname !== 'lo' && (name === undefined || link.ifname === name),
  )
  const own = search({
    what: `${type ?? 'interface'}${name === undefined ? '' : ` ${name}`} ${where(check.on, check.netns)}`,
    candidates,
    wanted: { type, mtu, mac, master, up, vni },
    read: propertiesOf,
    describe: describeLink,
  })
  return own.ok && check.peer ? peerAnswer(check, candidates, there) : own
}

/** Pairs are found by index; that both ends name each other's index is the proof. */
function peerAnswer(
  check: Params<'link'>,
  here: readonly KernelLink[],
  there: readonly KernelLink[],
): Answer {
  const { netns, name, master, up } = check.peer ?? {}
  return search({
    what: `veth pair from ${check.netns ?? check.on} to ${netns ?? check.on}`,
    candidates: here.flatMap((link) => {
      const other = peerOf(link, there)
      return other ? [{ link, other }] : []
    }),
    wanted: { name, master, up },
    read: ({ other }) => ({ ...propertiesOf(other), name: other.ifname }),
    describe: ({ link, other }) =>
      `${link.ifname}@if${other.ifindex} with ${other.ifname}@if${link.ifindex}${other.master ? `, on ${other.master}` : ''}`,
  })
}

const propertiesOf = (link: KernelLink) => ({
  type: kindOf(link),
  mtu: link.mtu,
  mac: link.address,
  master: link.master,
  up: link.flags.includes('UP'),
  vni: link.linkinfo?.info_data?.id,
})

const describeLink = (link: KernelLink) =>
  `${link.ifname} (${kindOf(link)}, ${link.address}, mtu ${link.mtu}, ${link.flags.includes('UP') ? 'up' : 'down'}${link.master ? `, on ${link.master}` : ''})`
