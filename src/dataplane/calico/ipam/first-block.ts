import { formatCidr, parseCidr, sizeOf, type Cidr } from '../../../net/cidr.ts'
import { parseIPv4 } from '../../../net/ipv4.ts'
import state from './go-random.json' with { type: 'json' }

/**
 * The blocks of a pool in the order in which a node looks for one of its own: from a place that its name gives, and round.
 * The place is the one where real Calico begins, so that node0 has the same block here as there. Upstream:
 * libcalico-go ipam, randomBlockGenerator: Go's math/rand seeded with the FNV-1 hash of the name.
 */
export function* blocksFor(node: string, pool: Cidr, blockSize: number): Generator<string> {
  const count = Math.floor(2 ** (blockSize - pool.prefix))
  const first = firstIndex(node, count)
  const size = sizeOf({ network: 0, prefix: blockSize })
  for (let step = 0; step < count; step++) {
    yield formatCidr({ network: pool.network + ((first + step) % count) * size, prefix: blockSize })
  }
}

/** The block of a pool that an address is in. */
export function blockOf(poolCidr: string, blockSize: number, address: string): string | undefined {
  const pool = parseCidr(poolCidr)
  const wanted = parseIPv4(address)
  if (!pool || wanted === undefined) return undefined
  const size = sizeOf({ network: 0, prefix: blockSize })
  return formatCidr({ network: wanted - ((wanted - pool.network) % size), prefix: blockSize })
}

/** Go's big.Int.Rand: as many random bits as `count` has, again and again, until they are less than it. */
function firstIndex(node: string, count: number): number {
  for (const number of numbers(fnv1(node))) {
    const bits = number % (count * 2)
    if (bits < count) return bits
  }
  return 0
}

function fnv1(text: string): number {
  let hash = 2166136261
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 16777619) ^ byte) >>> 0
  return hash
}

const MODULUS = 2 ** 31 - 1
/** Of the generator's state: how many numbers it has, and where the two begin that are added up first. */
const LENGTH = 607
const FEED = 333
const TAP = 606

/**
 * Every second number of Go's rand.Uint32, the first ones after seeding. Each is the sum of two numbers of the seeded state,
 * which is a sequence by Lehmer's method mixed into fixed numbers: those of Go's 607 that this takes are in go-random.json.
 */
function* numbers(seed: number): Generator<number> {
  const fresh = lehmer(seed)
  const seeded = (index: number, fixed: string) =>
    ((fresh[index] ?? 0n) ^ BigInt(`0x${fixed}`)) & 0xffffffffffffffffn
  for (const [k, [feed = '', tap = '']] of state.attempts.entries()) {
    const sum = seeded(FEED - 2 * k, feed) + seeded(TAP - 2 * k, tap)
    yield Number((sum >> 31n) & 0xffffffffn)
  }
}

/** Twenty numbers are thrown away; then three make one of the state. */
function lehmer(seed: number): bigint[] {
  let x = seed % MODULUS || 89482311
  const next = () => BigInt((x = Number((BigInt(x) * 48271n) % BigInt(MODULUS))))
  for (let i = 0; i < 20; i++) next()
  return Array.from({ length: LENGTH }, () => (next() << 40n) ^ (next() << 20n) ^ next())
}
