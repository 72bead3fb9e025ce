import type { MapMachine, NetworkMap } from '../../../session/network/network-watch.ts'
import type { Size } from '../../../terminals/cells.ts'

/** Columns that a machine's box has at least, and at most. */
const NODE = { min: 38, max: 76 }
const GAP = 1
/** Rows of what is said about the selected interface, its heading included. */
const DETAIL_ROWS = 4

/** How the map shares out its room. */
export interface MapLayout {
  /** Columns of a machine's box. */
  readonly node: number
  /** Machines on a page. */
  readonly perPage: number
  readonly pages: number
  /** Rows that say which page this is: 1 where there are several. */
  readonly tabRows: number
  /** Rows of the drawing that are seen at once. */
  readonly viewRows: number
  readonly detailRows: number
}

export function mapLayout(map: NetworkMap, { columns, rows }: Size): MapLayout {
  const count = Math.max(1, map.machines.length)
  const perPage = Math.min(count, Math.max(1, Math.floor((columns + GAP) / (NODE.min + GAP))))
  const pages = Math.ceil(count / perPage)
  const tabRows = pages > 1 ? 1 : 0
  return {
    node: Math.min(NODE.max, Math.floor((columns - GAP * (perPage - 1)) / perPage)),
    perPage,
    pages,
    tabRows,
    viewRows: Math.max(1, rows - tabRows - DETAIL_ROWS),
    detailRows: DETAIL_ROWS,
  }
}

/** Column at which the nth box of a page begins. */
export const columnOf = (layout: MapLayout, nth: number): number => nth * (layout.node + GAP)

export const pageOf = (layout: MapLayout, machine: number): number => Math.floor(machine / layout.perPage)

export function machinesOn(map: NetworkMap, layout: MapLayout, page: number): readonly MapMachine[] {
  return map.machines.slice(page * layout.perPage, (page + 1) * layout.perPage)
}
