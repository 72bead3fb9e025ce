import { dirname } from 'node:path'
import { quoted } from '../../machine/quote.ts'
import { difference } from '../../net/iptables/difference.ts'
import { DEVICE, NOTHING, type NetworkState, type Vtep } from './network-state.ts'
import { ownsChain } from './rules.ts'

/** How to get from one state to another. */
export interface Changes {
  /** For /bin/sh, which fails when a part of it does; empty when there is nothing to do. */
  readonly script: string
  /** What is written, in words: "route to 10.42.1.0/24". */
  readonly what: readonly string[]
}

/**
 * All routes and neighbours go into one `ip -batch` and all FDB entries into one `bridge -batch`. Additions overwrite;
 * deletions don't mind that somebody was faster.
 */
export function changesBetween(have: NetworkState, want: NetworkState): Changes {
  const remade = sameDevice(have.device, want.device) ? undefined : { was: have.device, is: want.device }
  // With the device go its routes, neighbours and forwarding entries.
  const left = remade?.was ? { ...NOTHING, rules: have.rules, files: have.files } : have
  const routes = mapDifference(left.routes, want.routes)
  const neighbours = mapDifference(left.neighbours, want.neighbours)
  const fdb = mapDifference(left.fdb, want.fdb)
  const files = mapDifference(left.files, want.files)
  const rules = difference(left.rules, want.rules, { owns: ownsChain, jumps: 'last' })
  const script = [
    ...batch('ip', 'delete', [
      ...(remade?.was ? [`link delete ${DEVICE}`] : []),
      ...routes.gone.map(([to, how]) => `route delete ${to} ${how}`),
      ...neighbours.gone.map(([ip]) => `neighbour delete ${ip} dev ${DEVICE}`),
    ]),
    ...batch(
      'bridge',
      'delete',
      fdb.gone.map(([mac, to]) => `fdb delete ${mac} dev ${DEVICE} dst ${to}`),
    ),
    ...batch('ip', 'add', [
      ...(remade?.is ? deviceCommands(remade.is) : []),
      ...routes.set.map(([to, how]) => `route replace ${to} ${how}`),
      ...neighbours.set.map(
        ([ip, mac]) => `neighbour replace ${ip} lladdr ${mac} dev ${DEVICE} nud permanent`,
      ),
    ]),
    ...batch(
      'bridge',
      'add',
      fdb.set.map(([mac, to]) => `fdb replace ${mac} dev ${DEVICE} dst ${to} self permanent`),
    ),
    ...input('iptables-restore -w 5 --noflush', rules),
    ...files.set.flatMap(([path, content]) => writeFile(path, content)),
  ]
  return {
    script: script.length > 0 ? ['set -e', ...script, ''].join('\n') : '',
    what: [
      ...(remade ? [DEVICE] : []),
      ...routes.all.map((to) => `route to ${to}`),
      ...neighbours.all.map((ip) => `neighbour ${ip}`),
      ...fdb.all.map((mac) => `FDB entry of ${mac}`),
      ...(rules ? ['flannel’s iptables rules'] : []),
      ...files.set.map(([path]) => path),
    ],
  }
}

function sameDevice(a: Vtep | undefined, b: Vtep | undefined): boolean {
  if (!a || !b) return a === b
  return (Object.keys(a) as (keyof Vtep)[]).every((key) => a[key] === b[key])
}

interface MapDifference {
  readonly set: readonly [string, string][]
  readonly gone: readonly [string, string][]
  readonly all: readonly string[]
}

/** What to set and what to take away to get from one map to another. */
export function mapDifference(
  have: ReadonlyMap<string, string>,
  want: ReadonlyMap<string, string>,
): MapDifference {
  const set = [...want].filter(([key, value]) => have.get(key) !== value)
  const gone = [...have].filter(([key]) => !want.has(key))
  return { set, gone, all: [...set, ...gone].map(([key]) => key) }
}

/** No transmit queue, as netlink gives a device whose maker names no length. */
function deviceCommands({ mac, mtu, vni, local, underlay, port, address }: Vtep): string[] {
  return [
    `link add ${DEVICE} address ${mac} mtu ${mtu} txqueuelen 0 type vxlan id ${vni} local ${local} dev ${underlay} dstport ${port} nolearning`,
    `address add ${address} dev ${DEVICE}`,
    `link set ${DEVICE} up`,
  ]
}

/** Lines for one `ip -batch` or `bridge -batch`; deletions don’t mind that somebody was faster. */
export function batch(program: 'ip' | 'bridge', kind: 'add' | 'delete', lines: readonly string[]): string[] {
  const text = lines.map((line) => `${line}\n`).join('')
  if (kind === 'add') return input(`${program} -batch -`, text)
  return input(`${program} -force -batch - 2>/dev/null`, text, ' || :')
}

/** A command with text on its standard input; `after` goes on its line. */
function input(command: string, text: string, after = ''): string[] {
  return text === '' ? [] : [`${command} <<'END'${after}`, `${text}END`]
}

/** Readers see the old file or the new one, never half of one. */
function writeFile(path: string, content: string): string[] {
  const temporary = quoted(`${path}.tmp`)
  return [
    `mkdir -p ${quoted(dirname(path))}`,
    ...input(`cat > ${temporary}`, content),
    `mv ${temporary} ${quoted(path)}`,
  ]
}
