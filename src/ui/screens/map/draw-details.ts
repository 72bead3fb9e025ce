import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'
import { fitLine } from '../../line.ts'
import { type Span, wrapSpans } from '../../spans.ts'
import { style } from '../../theme.ts'
import { kindWords, routeWords } from './words.ts'

interface Chosen {
  readonly machine: MapMachine
  readonly link: MapInterface
}

/** What is known of the selected interface, or how to read the map when none is. */
export function drawDetails(chosen: Chosen | undefined, columns: number, rows: number): string[] {
  const title = chosen ? ` ${chosen.machine.name} ${chosen.link.name} ` : ' how to read this '
  const rule = style('muted', '─') + style('heading', title) + style('muted', '─'.repeat(columns))
  const facts = chosen ? factsOf(chosen) : LEGEND
  const spans = facts.flatMap((fact, i): Span[] => [
    ...(i > 0 ? [{ text: ' · ', roles: ['muted'] as const }] : []),
    { text: fact, roles: [] },
  ])
  return [fitLine(rule, columns, ''), ...wrapSpans(spans, columns - 2).map((line) => ` ${line}`)].slice(
    0,
    rows,
  )
}

const LEGEND = [
  'arrows choose an interface, c captures there',
  '↓↑ packets received and sent',
  '▼▲ some within the last second',
  '▸ what this step is about',
]

function factsOf({ machine, link }: Chosen): string[] {
  const { vxlan, peer, pod, mac, master, addresses } = link
  const routes = machine.routes.filter(({ device }) => device === link.name)
  const lately = link.receivedLately || link.sentLately
  return [
    kindWords(link) || (link.kind === 'physical' ? 'cable to the underlay' : link.kind),
    ...(vxlan?.local ? [`from ${vxlan.local}${vxlan.device ? ` over ${vxlan.device}` : ''}`] : []),
    link.up ? 'up' : 'DOWN',
    ...(addresses.length ? addresses : ['no address']),
    `mtu ${link.mtu}`,
    ...(mac ? [mac] : []),
    ...(master ? [`port of ${master}`] : []),
    ...(pod ? [`cable to ${peer?.device ?? 'eth0'} of pod ${pod.namespace}/${pod.name} ${pod.ip}`] : []),
    ...(!pod && peer
      ? [`cable to ${peer.device} ${peer.netns ? `in netns ${peer.netns}` : 'on this machine'}`]
      : []),
    `received ${link.received}, sent ${link.sent}${lately ? ` (${link.receivedLately} and ${link.sentLately} in the last second)` : ''}`,
    ...routes.map((route) => `route ${routeWords({ ...route, device: undefined }).join(' ')}`),
  ]
}
