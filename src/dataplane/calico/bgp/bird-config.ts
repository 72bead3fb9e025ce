import { filters, type RoutingRules } from './bird-filters.ts'
import { block } from './bird-text.ts'
import type { Session } from './sessions.ts'

/** What a node's BIRD is told. */
export interface BirdPlan extends RoutingRules {
  readonly routerID: string
  /** Undefined: 179. */
  readonly listenPort: number | undefined
  /** What BIRD's log says of protocols. */
  readonly debug: 'all' | 'states' | 'off'
  readonly sessions: readonly Session[]
}

/** Where calico/node keeps BIRD's log; a megabyte of it, and one before. */
export const LOG = '/var/log/calico/bird/current'

/**
 * The configuration in BIRD 2's words: routes between nodes come by BGP, go to the kernel as `proto bird`, and stay when BIRD ends.
 * Timers are shorter than Calico's (2, 5, and 5 to 30 s), so that learners see sessions come up at once.
 */
export function birdConfig(plan: BirdPlan): string {
  const { routerID, debug, sessions } = plan
  const gateways = sessions.filter(({ reachableBy }) => reachableBy)
  return [
    `log "${LOG}" 1000000 "${LOG}.1" all;`,
    `router id ${routerID};`,
    '# Without fractions of seconds, as BIRD 1.',
    'timeformat protocol iso short;',
    '# After a crash, neighbours that do not come back hold nobody up.',
    'graceful restart wait 10;',
    block('protocol device', ['scan time 2;']),
    block('protocol direct', ['ipv4;', 'interface -"cali*", -"kube-ipvs*", "*";']),
    block('protocol static', [
      'ipv4;',
      ...[...plan.blocks, ...plan.services].map((cidr) => `route ${cidr} blackhole;`),
      ...gateways.map(({ neighbour, reachableBy }) => `route ${neighbour}/32 via ${reachableBy};`),
    ]),
    ...filters(plan),
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
      `debug ${debug === 'states' ? '{ states }' : debug};`,
      'description "Connection to BGP peer";',
      'graceful restart;',
      'connect delay time 0;',
      'connect retry time 1;',
      'error wait time 1,5;',
    ]),
    ...sessions.map((session) => sessionText(session, plan)),
    '',
  ].join('\n\n')
}

function sessionText(session: Session, { listenPort }: BirdPlan): string {
  const { name, neighbour, port, as, localAs, source, clientOf, ttlHops } = session
  return block(`protocol bgp ${name} from bgp_template`, [
    `local${listenPort ? ` port ${listenPort}` : ''} as ${localAs};`,
    `neighbor ${neighbour}${port ? ` port ${port}` : ''} as ${as};`,
    ...(source ? [`source address ${source};`] : []),
    ...(ttlHops ? ['ttl security on;', `multihop ${ttlHops};`] : ['multihop;']),
    ...(session.passive ? ['passive on; # The peer will connect to us.'] : []),
    ...(clientOf ? ['rr client;', `rr cluster id ${clientOf};`] : []),
    ...(session.password ? [`password "${session.password}";`] : []),
    ...(session.restartTime ? [`graceful restart time ${session.restartTime};`] : []),
    ...(session.allowLocalAs ? [`allow local as ${session.allowLocalAs};`] : []),
    'ipv4 {',
    '  import all;',
    `  export where calico_export_to_bgp_peers(${as === localAs});`,
    '  add paths on;',
    '  gateway recursive;',
    ...(session.keepNextHop ? ['  next hop keep;'] : []),
    '};',
  ])
}
