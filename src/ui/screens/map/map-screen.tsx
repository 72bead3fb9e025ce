import type { NetworkMap } from '../../../session/network/network-watch.ts'
import type { Size } from '../../../terminals/cells.ts'
import { Lines } from '../../components/lines.tsx'
import { type Marks, UNICODE_MARKS } from '../../marks.ts'
import { inAscii } from './ascii.ts'
import { drawMap } from './draw-map.ts'
import type { MapState } from './map-state.ts'

export interface MapScreenProps {
  /** undefined until the machines were looked at. */
  readonly map: NetworkMap | undefined
  readonly state: MapState
  /** From `highlightsOf`: what the current step is about. */
  readonly highlights: ReadonlySet<string>
  /** Of the body, between title and key bar. */
  readonly size: Size
  readonly marks: Marks
}

/**
 * The network of a lab as it is now. Each machine is a box with its pods on top and its cable below, either as a picture
 * (`draw-picture.ts`) or, where there is less room, as a list (`draw-list.ts`); `scene.ts` puts the machines of a page onto
 * the underlay. All of it is pure: `drawMap` makes lines of a map, `moveSelection` a state of a key.
 */
export function MapScreen({ map, state, highlights, size, marks }: MapScreenProps) {
  const lines = drawMap(map, state, highlights, size)
  return <Lines lines={marks === UNICODE_MARKS ? lines : lines.map(inAscii)} size={size} />
}
