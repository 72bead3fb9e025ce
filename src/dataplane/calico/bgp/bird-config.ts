import type { EncapsulationMode } from '../resources.ts'
import { TUNNEL } from '../tunnel/ipip-tunnel.ts'
import type { Session } from './sessions.ts'

/** What a node's BIRD is told. */
export interface BirdPlan {
  readonly routerID: string
  /** The network of nodes that the node is in: 172.30.0.0/24. */
  readonly subnet: string
  /** CIDRs of the blocks that are the node's own. */
  readonly blocks: readonly string[]
  readonly pools: readonly BirdPool[]
  readonly sessions: readonly Session[]
}

export interface BirdPool {
  readonly cidr: string
  readonly ipip: EncapsulationMode
  /** Routes between nodes are not BIRD's to write: VXLAN. */
  readonly routedElsewhere: boolean
  /** Nobody outside is told of it. */
  readonly hidden: boolean
}

/**
 * The configuration in BIRD 2's words: routes between nodes come by BGP, go to the kernel as `proto bird`, and stay when BIRD ends.
 * Timers are shorter than Calico's (2, 5, and 5 to 30 s), so that learners see sessions come up at once.
 */
export function birdConfig(plan: BirdPlan): string {
  return [
    `router id ${plan.routerID};`,
    block('protocol device', ['scan time 2;']),
    block('protocol direct', ['ipv4;', 'interface -"cali*", -"kube-ipvs*", "*";']),
    block('protocol static', ['ipv4;', ...plan.blocks.map((cidr) => `route ${cidr} blackhole;`)]),
    exportFunction(plan),
    kernelFilter(plan),
    block('protocol kernel', [
      '# Routes to pods are others’ work: those to borrowed addresses are told of as well.',
      'learn;',
      '# They stay when BIRD ends.',
      'persist;',
      'scan time 2;',
      'graceful restart;',
      'merge paths on;',
      '# As routes of BIRD 1 have it: none.',
      'metric 0;',
      'ipv4 { import all; export filter calico_kernel_programming; };',
    ]),
    block('template bgp bgp_template', [
      'description "Connection to BGP peer";',
      'multihop;',
      'graceful restart;',
      'connect delay time 0;',
      'connect retry time 1;',
      'error wait time 1,5;',
    ]),
    ...plan.sessions.map(sessionText),
    '',
  ].join('\n\n')
}

function sessionText(session: Session): string {
  const { name, neighbour, port, as, localAs, source, passive, clientOf, keepNextHop } = session
  return block(`protocol bgp ${name} from bgp_template`, [
    `local as ${localAs};`,
    `neighbor ${neighbour}${port ? ` port ${port}` : ''} as ${as};`,
    ...(source ? [`source address ${source};`] : []),
    ...(passive ? ['passive on; # The peer will connect to us.'] : []),
    ...(clientOf ? ['rr client;', `rr cluster id ${clientOf};`] : []),
    'ipv4 {',
    '  import all;',
    '  export where calico_export_to_bgp_peers();',
    '  add paths on;',
    '  gateway recursive;',
    ...(keepNextHop ? ['  next hop keep;'] : []),
    '};',
  ])
}

/** Own blocks as a whole and nothing beneath; of other blocks, what the node has borrowed. */
function exportFunction({ blocks, pools }: BirdPlan): string {
  return block('function calico_export_to_bgp_peers()', [
    ...pools.filter(({ hidden }) => hidden).map(({ cidr }) => `if net ~ ${cidr} then return false;`),
    ...blocks.flatMap((cidr) => [
      `if net = ${cidr} then return true;`,
      `if net ~ ${cidr} then return false;`,
    ]),
    ...pools.map(({ cidr }) => `if net ~ ${cidr} then return true;`),
    'return false;',
  ])
}

/** Routes that came by BGP go through the tunnel where their pool wants it: straight to the node that is their next hop. */
function kernelFilter(plan: BirdPlan): string {
  const through = `{ ifname = "${TUNNEL}"; onlink = true; gw = bgp_next_hop; }`
  const crossing = `if source = RTS_BGP && bgp_next_hop !~ ${plan.subnet} then ${through}`
  const always = `if source = RTS_BGP then ${through}`
  const rules = plan.pools.flatMap(({ cidr, ipip, routedElsewhere }) => {
    if (routedElsewhere) return [`if net ~ ${cidr} then reject;`]
    if (ipip === 'Never') return []
    return [`if net ~ ${cidr} then { ${ipip === 'Always' ? always : crossing} accept; }`]
  })
  return block('filter calico_kernel_programming', [
    '# The kernel makes those of its interfaces itself.',
    'if source = RTS_DEVICE then reject;',
    ...rules,
    'accept;',
  ])
}

function block(heading: string, lines: readonly string[]): string {
  return [`${heading} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}
