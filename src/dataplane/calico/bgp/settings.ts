import { isIPv4 } from 'node:net'
import { formatCidr, parseCidr } from '../../../net/cidr.ts'
import type { BGPConfiguration } from '../resources.ts'

type Spec = BGPConfiguration['spec']

/** What a node's own configuration, `node.<name>`, may say instead of everybody's. */
const OF_NODE = ['logSeverityScreen', 'listenPort', 'prefixAdvertisements'] as const satisfies (keyof Spec)[]

/** What BGPConfigurations say to one node. */
export function settingsOf(configurations: readonly BGPConfiguration[], node: string): Spec {
  const called = (name: string) => configurations.find(({ metadata }) => metadata.name === name)?.spec ?? {}
  const own: Spec = called(`node.${node}`)
  const picked = OF_NODE.flatMap((key) => (own[key] === undefined ? [] : [[key, own[key]]]))
  return { ...called('default'), ...Object.fromEntries(picked) }
}

/** A community that BIRD adds to routes of a network: two or three numbers. */
export interface Advertisement {
  readonly cidr: string
  readonly communities: readonly (readonly number[])[]
}

/** Communities by prefix. Names are looked up, and what is neither a name nor a community is left out. */
export function advertisementsOf({ communities = [], prefixAdvertisements = [] }: Spec): Advertisement[] {
  const values = new Map(communities.map(({ name, value }) => [name, value]))
  return prefixAdvertisements.flatMap((one) => {
    const cidr = cidrIn(one.cidr)
    const wanted = (one.communities ?? []).flatMap((words) => numbersIn(values.get(words) ?? words))
    return cidr && wanted.length > 0 ? [{ cidr, communities: wanted }] : []
  })
}

function numbersIn(community: string): number[][] {
  if (!/^\d+(:\d+){1,2}$/.test(community)) return []
  const numbers = community.split(':').map(Number)
  const largest = numbers.length === 2 ? 0xffff : 0xffffffff
  return numbers.every((number) => number <= largest) ? [numbers] : []
}

/** A network as BIRD reads it, whatever somebody typed; undefined when it is none of IPv4. */
export function cidrIn(text: unknown): string | undefined {
  const cidr = typeof text === 'string' ? parseCidr(text) : undefined
  return cidr && formatCidr(cidr)
}

export function addressIn(text: unknown): string | undefined {
  return typeof text === 'string' && isIPv4(text) ? text : undefined
}

/** A port, an AS number, a count: undefined when it is none between 1 and `most`. */
export function numberIn(value: unknown, most: number): number | undefined {
  const number = Number(value)
  return Number.isInteger(number) && number >= 1 && number <= most ? number : undefined
}

/** Seconds of a Go duration: 2m30s. */
export function secondsIn(duration: string | undefined): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration ?? '')
  const [hours = 0, minutes = 0, seconds = 0] = (match ?? []).slice(1).map((part) => Number(part ?? 0))
  return hours * 3600 + minutes * 60 + seconds || undefined
}

/** Undefined for what can't stand between BIRD's quotes. */
export function wordsIn(text: string | undefined): string | undefined {
  return text && /^[\x20-\x21\x23-\x7e]+$/.test(text) ? text : undefined
}
