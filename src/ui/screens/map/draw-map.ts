import type { NetworkMap } from '../../../session/network/network-watch.ts'
import type { Size } from '../../../terminals/cells.ts'
import { fitLine } from '../../line.ts'
import { style } from '../../theme.ts'
import { drawDetails } from './draw-details.ts'
import { type MapState, selectedInterface } from './map-state.ts'
import { type Scene, sceneOf } from './scene.ts'

/** The whole map as lines with their SGR: `size.rows` of them. */
export function drawMap(
  map: NetworkMap | undefined,
  state: MapState,
  highlights: ReadonlySet<string>,
  size: Size,
): string[] {
  if (!map) return [' Looking at the machines…']
  const scene = sceneOf({ map, page: state.page, size, selected: state.selected, highlights })
  const { layout, canvas } = scene
  const scroll = Math.max(0, Math.min(state.scroll, canvas.rows - layout.viewRows))
  const view = canvas.lines().slice(scroll, scroll + layout.viewRows)
  while (view.length < layout.viewRows) view.push('')
  const below = canvas.rows - scroll - layout.viewRows
  if (below > 0) view.push(withNote(view.pop() ?? '', `↓ ${below} more`, size.columns))
  if (scroll > 0) view.unshift(withNote(view.shift() ?? '', `↑ ${scroll} more`, size.columns))
  const details = drawDetails(selectedInterface(state, map), size.columns, layout.detailRows)
  return [...tabs(map, scene), ...view, ...details].slice(0, size.rows)
}

const withNote = (line: string, note: string, columns: number) =>
  `${fitLine(line, columns - note.length - 2)} ${style('selected', note)} `

/** The names of all machines, with those on this page in brackets. */
function tabs(map: NetworkMap, { layout, page }: Scene): string[] {
  if (layout.tabRows === 0) return []
  const names = map.machines.map(({ name }, i) =>
    Math.floor(i / layout.perPage) === page ? style('strong', `[${name}]`) : style('muted', ` ${name} `),
  )
  return [` ${names.join(' ')}`]
}
