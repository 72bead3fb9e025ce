import type { NetworkMap } from '../session/network/network-watch.ts'
import type { Size } from '../terminals/cells.ts'
import type { LessonState } from './lesson/lesson-state.ts'
import type { Marks } from './marks.ts'
import type { Overlay } from './overlay.ts'
import type { LabCard } from './ports.ts'
import { FIRST_LABS, type LabsState } from './screens/labs/labs-state.ts'
import { INITIAL_MAP_STATE, type MapState } from './screens/map/map-state.ts'
import type { PacketsView } from './screens/packets/packets-state.ts'
import type { CaptureStatus } from './screens/packets/packets-status.ts'
import type { StartState } from './screens/start/start-state.ts'

export type ScreenName = 'labs' | 'start' | 'lesson' | 'map' | 'packets' | 'done'

/** What stays the same for as long as the app runs. */
export interface Look {
  readonly marks: Marks
  /** How the key that leaves a terminal is written. */
  readonly leader: string
}

/** All that screens show. */
export interface AppState {
  readonly size: Size
  readonly look: Look
  readonly screen: ScreenName
  readonly overlay: Overlay | undefined
  readonly cards: readonly LabCard[]
  readonly labs: LabsState
  readonly start: StartState | undefined
  readonly lesson: LessonState | undefined
  readonly network: NetworkMap | undefined
  readonly map: MapState
  /** Names and addresses that the current step is about. */
  readonly highlights: ReadonlySet<string>
  readonly packets: (PacketsView & { readonly status: CaptureStatus }) | undefined
}

/** Before anything is open. A terminal whose size nobody has set has none. */
export function firstState(
  [columns, rows]: readonly [number, number],
  look: Look,
  screen: ScreenName,
): AppState {
  return {
    size: { columns: columns || 80, rows: rows || 24 },
    look,
    screen,
    overlay: undefined,
    cards: [],
    labs: FIRST_LABS,
    start: undefined,
    lesson: undefined,
    network: undefined,
    map: INITIAL_MAP_STATE,
    highlights: new Set(),
    packets: undefined,
  }
}
