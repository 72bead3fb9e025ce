import type { MapInterface, MapMachine } from '../../../session/network/network-watch.ts'
import { style } from '../../theme.ts'
import { isIpip, kindWords } from './words.ts'

interface Chosen {
  readonly machine: MapMachine
  readonly link: MapInterface
}

export interface DetailsOptions {
  readonly chosen: Chosen | undefined
  /** At the right of the heading. */
  readonly note: string
  readonly columns: number
  readonly rows: number
}

/** What is known of the selected interface, or how to read the map when none is. */
export function drawDetails({ chosen, note, columns, rows }: DetailsOptions): string[] {
  const title = chosen ? ` ${chosen.machine.name} ${chosen.link.name} ` : ' how to read this '
  const rule = '─'.repeat(Math.max(0, columns - title.length - note.length - 2))
  const heading = style('muted', '─') + style('heading', title) + style('muted', rule) + note
  const lines = packed(chosen ? factsOf(chosen) : LEGEND, columns - 2)
  return [heading, ...lines.map((line) => ` ${line}`)].slice(0, rows)
}

/** Facts side by side, each whole, as many on a line as fit. */
function packed(facts: readonly string[], columns: number): string[] {
  const lines: string[] = []
  for (const fact of facts) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 3 + fact.length <= columns)
      lines[lines.length - 1] = `${line} · ${fact}`
    else lines.push(fact)
  }
  return lines
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
  return [
    kindOf(machine, link),
    ...(vxlan ? [kindWords(link)] : []),
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
    `received ${link.received}${grown(link.receivedLately)}, sent ${link.sent}${grown(link.sentLately)}`,
    ...(routes.length ? [`routes to ${routes.map(({ destination }) => destination).join(', ')}`] : []),
  ]
}

function kindOf({ cables }: MapMachine, link: MapInterface): string {
  const cable = cables.find(({ device }) => device === link.name)
  if (cable) return `cable to ${cable.network === 'underlay' ? 'the underlay' : cable.network}`
  if (!isIpip(link)) return link.kind
  return link.kind === 'ipip' ? kindWords(link) : `${kindWords(link)} by ${link.kind}`
}

/** Of the last second. */
const grown = (packets: number) => (packets ? ` (+${packets})` : '')
