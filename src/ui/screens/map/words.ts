import type { MapInterface, MapRoute } from '../../../session/network/network-watch.ts'

/** A name in so many columns: of a pod's, the end tells it from its siblings. */
export function shortened(name: string, columns: number): string {
  if (name.length <= columns) return name
  if (columns < 1) return ''
  const tail = /-[^-]+$/.exec(name)?.[0] ?? ''
  if (tail.length > columns / 2) return `${name.slice(0, columns - 1)}…`
  return `${name.slice(0, columns - 1 - tail.length)}…${tail}`
}

/** A count in five signs at most. */
export function shortCount(count: number): string {
  if (count < 10_000) return String(count)
  const unit = count < 1e6 ? 'k' : count < 1e9 ? 'M' : 'G'
  const value = count / { k: 1e3, M: 1e6, G: 1e9 }[unit]
  return `${value < 100 ? (Math.floor(value * 10) / 10).toFixed(1) : Math.floor(value)}${unit}`
}

/** Calico's tunnel, the kernel's own or, where that has none, a TUN device with a program behind it. */
export const isIpip = ({ kind, name }: MapInterface): boolean => kind === 'ipip' || name === 'tunl0'

/** What an interface is, in few words; nothing where its place in the drawing says it. */
export function kindWords(link: MapInterface): string {
  const { kind, vxlan, master } = link
  if (vxlan) return `VNI ${vxlan.id}, UDP ${vxlan.port}`
  if (isIpip(link)) return 'IP-in-IP'
  if (kind === 'physical') return master ? `port of ${master}` : ''
  if (kind === 'veth') return ''
  return kind === 'plain' ? 'interface' : kind
}

/** Destinations in so many columns: as many as fit, and how many more there are. */
export function destinations(routes: readonly MapRoute[], columns: number): string {
  const all = routes.map(({ destination }) => destination)
  for (let shown = all.length; shown > 0; shown--) {
    const rest = all.length - shown
    const text = `to ${all.slice(0, shown).join(', ')}${rest ? `, +${rest}` : ''}`
    if (text.length <= columns || shown === 1) return shortened(text, columns)
  }
  return ''
}

/** A route in the words of `ip route`. */
function routeWords({ type, destination, via, device, ways = [], protocol, flags }: MapRoute): string[] {
  return [
    ...(type ? [type] : []),
    destination,
    ...wayWords({ via, device }),
    ...(protocol ? ['proto', protocol] : []),
    ...ways.flatMap((way) => ['nexthop', ...wayWords(way)]),
    ...flags,
  ]
}

const wayWords = ({ via, device }: Pick<MapRoute, 'via' | 'device'>) => [
  ...(via ? ['via', via] : []),
  ...(device ? ['dev', device] : []),
]

/** The same in so many columns, without the words that can be spared. */
export function shortRoute(route: MapRoute, columns: number): string {
  const { type, destination, via, device, ways, protocol } = route
  const gateways = via ?? ways?.map((way) => way.via).join(', ')
  const spare = [
    ...(type ? [type] : []),
    destination,
    ...(gateways ? ['via', gateways] : []),
    ...(device ? [device] : []),
  ]
  const forms = [
    routeWords(route),
    routeWords({ ...route, flags: [] }),
    [...spare, ...(/^[a-z]/.exec(protocol ?? '') ? [protocol] : [])],
    spare,
    spare.filter((word) => word !== 'via'),
    [...(type ? [type] : []), destination, ...(device ? ['dev', device] : [])],
  ].map((words) => words.join(' '))
  const last = forms.at(-1) ?? ''
  return forms.find((form) => form.length <= columns) ?? `${last.slice(0, Math.max(0, columns - 1))}…`
}
