import { parseCidr } from '../net/cidr.ts'
import { formatIPv4, parseIPv4 } from '../net/ipv4.ts'
import type { Lab } from './lab.ts'

/**
 * A lab whose machines have other addresses than it was written for, as its own range was taken: all its texts, commands
 * and checks speak of those that hold. Labs whose machines are where they should be are left as they are.
 */
export function movedLab(lab: Lab, topology: Lab['topology']): Lab {
  const moves = lab.topology.networks.flatMap(({ subnet }, index) => {
    const now = topology.networks[index]?.subnet ?? subnet
    return now === subnet ? [] : [{ from: subnet, to: now }]
  })
  if (moves.length === 0) return lab
  const move = (text: string) => moves.reduce((moved, { from, to }) => movedText(moved, from, to), text)
  return {
    ...(deeply(lab, move) as Lab),
    topology: { networks: topology.networks, machines: topology.machines },
    manifests: new Map([...lab.manifests].map(([path, text]) => [path, move(text)])),
  }
}

/** Every address of a range, and the range itself, wherever they stand in a text. */
export function movedText(text: string, from: string, to: string): string {
  const [old, now] = [parseCidr(from), parseCidr(to)]
  if (!old || !now) return text
  const size = 2 ** (32 - old.prefix)
  return text.replaceAll(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)/g, (address) => {
    const place = (parseIPv4(address) ?? -1) - old.network
    return place >= 0 && place < size ? formatIPv4(now.network + place) : address
  })
}

function deeply(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => deeply(item, change))
  if (typeof value !== 'object' || value === null || value instanceof Map) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deeply(item, change)]))
}
