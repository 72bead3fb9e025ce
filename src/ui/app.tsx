import { Box } from 'ink'
import { useSyncExternalStore } from 'react'
import type { AppState } from './app-state.ts'
import { KeyBar } from './components/key-bar.tsx'
import { TitleBar } from './components/title-bar.tsx'
import { bindingsIn, contextOf } from './dispatch.ts'
import { bodyOf } from './layout.ts'
import type { LessonState } from './lesson/lesson-state.ts'
import { OverlayView } from './overlay-view.tsx'
import { DoneScreen } from './screens/done/done-screen.tsx'
import { LabsScreen } from './screens/labs/labs-screen.tsx'
import { LessonScreen } from './screens/lesson/lesson-screen.tsx'
import { PacketsScreen } from './screens/packets/packets-screen.tsx'
import { StartScreen } from './screens/start/start-screen.tsx'
import type { Store } from './store.ts'
import { titleOf } from './title.ts'

export interface AppProps {
  readonly store: Store<AppState>
}

/** The whole screen but for what is in terminals: a title, the screen that is on, keys, and what lies over it. */
export function App({ store }: AppProps) {
  const state = useSyncExternalStore(store.subscribe, () => store.state)
  const { columns, rows } = state.size
  const { marks, leader } = state.look
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <TitleBar {...titleOf(state)} columns={columns} marks={marks} />
      <Box height={bodyOf(state.size).rows} flexShrink={0} overflow="hidden">
        <Screen state={state} />
      </Box>
      <KeyBar columns={columns} hints={hintsOf(state, leader)} marks={marks} />
      {state.overlay && <OverlayView overlay={state.overlay} size={state.size} {...state.look} />}
    </Box>
  )
}

function Screen({ state }: { state: AppState }) {
  const { screen, lesson, start } = state
  const { marks } = state.look
  const size = bodyOf(state.size)
  if (screen === 'labs')
    return <LabsScreen cards={state.cards} state={state.labs} size={size} marks={marks} />
  if (screen === 'start' && start) return <StartScreen state={start} size={size} marks={marks} />
  if (!lesson) return undefined
  if (screen === 'packets' && state.packets)
    return <PacketsScreen {...state.packets} size={size} marks={marks} />
  if (screen === 'done')
    return (
      <DoneScreen lesson={lesson} cards={state.cards} minutes={minutesOf(lesson)} size={size} marks={marks} />
    )
  return <LessonScreen lesson={lesson} size={state.size} look={state.look} />
}

const minutesOf = ({ began, ended }: LessonState) =>
  began !== undefined && ended !== undefined ? (Date.parse(ended) - Date.parse(began)) / 60_000 : undefined

/** What keys do now, for the bar; the leader under its real name. */
function hintsOf(state: AppState, leader: string) {
  return bindingsIn(contextOf(state))
    .filter(({ bar }) => bar)
    .map(({ keys, label }) => ({ keys: keys.map((key) => (key === 'leader' ? leader : key)), label }))
}
