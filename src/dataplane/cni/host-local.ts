import { isIPv4 } from 'node:net'
import { addressAt, contains, parseCidr, sizeOf } from '../../net/cidr.ts'
import { formatIPv4, parseIPv4 } from '../../net/ipv4.ts'
import type { Attachment } from './attachment.ts'
import { CniError } from './cni-error.ts'
import type { Ledger } from './node-facts.ts'
import { writeLine } from './node-shell.ts'

const DIRECTORY = '/var/lib/cni/networks'

export interface Allocation {
  /** With the prefix length of the subnet. */
  readonly address: string
  readonly gateway: string
  /** Shell lines that put the allocation on record. */
  readonly lines: readonly string[]
}

interface Range {
  readonly subnet: string
  readonly rangeStart?: string
  readonly rangeEnd?: string
  readonly gateway?: string
}

/**
 * Gives out the address after the last one given, wrapping round, as plugins/ipam/host-local does with a single IPv4 range.
 * Takes it off the ledger. @throws CniError in host-local's words when there is none left.
 */
export function allocate(ipam: unknown, network: string, attachment: Attachment, ledger: Ledger): Allocation {
  const range = rangeOf(ipam)
  const prefix = parseCidr(range.subnet)?.prefix ?? 24
  const taken = ledger.taken.get(network) ?? new Set<string>()
  const free = freeAddress(range, taken, ledger.lastReserved.get(network))
  if (free === undefined) {
    throw new CniError(
      `failed to allocate for range 0: no IP addresses available in range set: ${range.start}-${range.end}`,
    )
  }
  ledger.taken.set(network, taken.add(free))
  ledger.lastReserved.set(network, free)
  const directory = `${DIRECTORY}/${network}`
  return {
    address: `${free}/${prefix}`,
    gateway: range.gateway,
    lines: [
      `[ -d ${directory} ] || mkdir -p ${directory}`,
      `: >>${directory}/lock`,
      writeLine(`${directory}/${free}`, `${attachment.containerId}\r\n${attachment.ifName}`),
      writeLine(`${directory}/last_reserved_ip.0`, free),
    ],
  }
}

/** Shell line that gives a container's addresses back, whatever they are. */
export function releaseLine(network: string, attachment: Attachment): string {
  const { containerId } = attachment
  return `for f in ${DIRECTORY}/${network}/[0-9]*; do read -r id <"$f" && case $id in ${containerId}*) rm -f "$f" ;; esac; done 2>/dev/null`
}

function rangeOf(ipam: unknown): Required<Range> & { start: string; end: string } {
  const { ranges, ...flat } = (ipam ?? {}) as { ranges?: Range[][] } & Partial<Range>
  const range = ranges?.[0]?.[0] ?? flat
  const cidr = parseCidr(range.subnet ?? '')
  if (!cidr || !range.subnet) throw new CniError('no IP ranges specified')
  const start = range.rangeStart ?? addressAt(cidr, 1)
  const end = range.rangeEnd ?? addressAt(cidr, sizeOf(cidr) - 2)
  for (const [field, value] of Object.entries({ rangeStart: start, rangeEnd: end })) {
    if (!contains(cidr, value)) {
      throw new CniError(`invalid range set 0: ${field} ${value} not in network ${range.subnet}`)
    }
  }
  const gateway = range.gateway ?? addressAt(cidr, 1)
  if (!isIPv4(gateway)) throw new CniError(`invalid IP address: ${gateway}`)
  return {
    subnet: range.subnet,
    gateway,
    rangeStart: start,
    rangeEnd: end,
    start,
    end,
  }
}

function freeAddress(
  range: { start: string; end: string; gateway: string },
  taken: ReadonlySet<string>,
  last: string | undefined,
): string | undefined {
  const first = parseIPv4(range.start) ?? 0
  const count = (parseIPv4(range.end) ?? 0) - first + 1
  const offset = (parseIPv4(last ?? '') ?? first - 1) - first + 1
  const begin = offset >= 0 && offset < count ? offset : 0
  for (let step = 0; step < count; step++) {
    const address = formatIPv4(first + ((begin + step) % count))
    if (address !== range.gateway && !taken.has(address)) return address
  }
  return undefined
}
