import type { PortRange } from '../felix/active.ts'
import type { Port } from './kinds.ts'

const NUMBER = /^\d+$/
const RANGE = /^(\d+):(\d+)$/
const NAME = /^[a-zA-Z0-9_.-]{1,128}$/
const MAX = 65535

/**
 * Numbers as ranges, and the names of containers' ports.
 * @throws Error with upstream's words (numorstring.PortFromString) about what is no port
 */
export function splitPorts(ports: readonly Port[] = []): { numbers: PortRange[]; names: string[] } {
  const read = ports.map(readPort)
  return {
    numbers: read.filter((port) => typeof port !== 'string'),
    names: read.filter((port) => typeof port === 'string'),
  }
}

function readPort(port: Port): PortRange | string {
  const text = String(port)
  if (NUMBER.test(text)) {
    if (Number(text) > MAX || Number(text) === 0) throw new Error(`invalid port format (${text})`)
    return { first: Number(text), last: Number(text) }
  }
  const [, first, last] = RANGE.exec(text) ?? []
  if (first !== undefined && last !== undefined) return readRange(Number(first), Number(last), text)
  if (!NAME.test(text)) throw new Error(`invalid name for named port (${text})`)
  return text
}

function readRange(first: number, last: number, text: string): PortRange {
  if (first > MAX || first === 0) throw new Error(`invalid minimum port number in range (${text})`)
  if (last > MAX) throw new Error(`invalid maximum port number in range (${text})`)
  if (first <= last) return { first, last }
  throw new Error(
    `minimum port number (${first}) is greater than maximum port number (${last}) in port range`,
  )
}

/**
 * The same ports in fewer ranges: names first, then numbers, neighbours joined. As conversion.SimplifyPorts, which leaves
 * a list with one number as it is.
 */
export function simplifyPorts(ports: readonly Port[]): readonly Port[] {
  const { numbers, names } = splitPorts(ports)
  const count = numbers.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  if (count <= 1) return ports
  const joined: PortRange[] = []
  for (const range of numbers.sort((a, b) => a.first - b.first)) {
    const before = joined.at(-1)
    if (before && range.first <= before.last + 1) {
      joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, range.last) }
    } else joined.push(range)
  }
  return [...names, ...joined.map(({ first, last }) => (first === last ? first : `${first}:${last}`))]
}
