import type { NetworkMap } from '../../../session/network/network-watch.ts'
import type { Size } from '../../../terminals/cells.ts'
import { fitLine } from '../../line.ts'
import { type Marks, UNICODE_MARKS } from '../../marks.ts'
import { style } from '../../theme.ts'
import { inAscii } from './ascii.ts'
import { drawDetails } from './draw-details.ts'
import { pageOf } from './map-layout.ts'
import { type MapState, selectedInterface } from './map-state.ts'
import { type Scene, sceneOf } from './scene.ts'

/**
 * The network of a lab as it is now, as lines with their SGR. Each machine is a box with its pods on top and its cable below,
 * either as a picture (`draw-picture.ts`) or, where there is less room, as a list (`draw-list.ts`); `scene.ts` puts the
 * machines of a page onto the underlay.
 * @param map undefined until the machines were looked at.
 * @param highlights from `highlightsOf`: what the current step is about.
 */
export function drawMap(
  map: NetworkMap | undefined,
  state: MapState,
  highlights: ReadonlySet<string>,
  size: Size,
  marks: Marks = UNICODE_MARKS,
): string[] {
  const lines = map ? mapLines(map, state, highlights, size) : [' Looking at the machines…']
  return marks === UNICODE_MARKS ? lines : lines.map(inAscii)
}

function mapLines(map: NetworkMap, state: MapState, highlights: ReadonlySet<string>, size: Size): string[] {
  const scene = sceneOf({ map, page: state.page, size, selected: state.selected, highlights })
  const { layout, canvas } = scene
  const scroll = Math.max(0, Math.min(state.scroll, canvas.rows - layout.viewRows))
  const view = canvas.lines().slice(scroll, scroll + layout.viewRows)
  while (view.length < layout.viewRows) view.push('')
  const below = Math.max(0, canvas.rows - scroll - layout.viewRows)
  const more = [...(scroll ? [`↑ ${scroll}`] : []), ...(below ? [`↓ ${below}`] : [])]
  const details = drawDetails({
    chosen: selectedInterface(state, map),
    note: more.length ? ` ${more.join(' ')} more ` : '',
    columns: size.columns,
    rows: layout.detailRows,
  })
  return [...tabs(map, scene, highlights), ...view, ...details]
    .slice(0, size.rows)
    .map((line) => fitLine(line, size.columns))
}

/** The names of all machines, with those on this page in brackets. */
function tabs(map: NetworkMap, { layout, page }: Scene, highlights: ReadonlySet<string>): string[] {
  if (layout.tabRows === 0) return []
  const names = map.machines.map(({ name }, i) => {
    const here = pageOf(layout, i) === page
    const mark = highlights.has(name) ? '▸' : ''
    return style(mark ? 'accent' : here ? 'strong' : 'muted', here ? `[${mark}${name}]` : ` ${mark}${name} `)
  })
  return [` ${names.join(' ')}`]
}
