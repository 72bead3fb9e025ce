import { render } from 'ink'
import { createElement } from 'react'
import type { Size } from '../terminals/cells.ts'
import { App } from './app.tsx'
import type { AppState, Look } from './app-state.ts'
import { keyName } from './components/key-hint.ts'
import { Controller } from './controller.ts'
import { KeyParser } from './input/key-parser.ts'
import { leaderFrom } from './input/leader.ts'
import { Router, type InputSink } from './input/router.ts'
import { marksFor } from './marks.ts'
import type { UiPorts } from './ports.ts'
import { Compositor } from './screen/compositor.ts'
import { InkSink } from './screen/ink-sink.ts'
import { silentStdin } from './screen/silent-stdin.ts'
import { Tty } from './screen/tty.ts'
import { FIRST_LABS } from './screens/labs/labs-state.ts'
import { INITIAL_MAP_STATE } from './screens/map/map-state.ts'
import { setStage } from './stage.ts'
import { Store } from './store.ts'

export interface UiOptions {
  readonly ports: UiPorts
  readonly env: NodeJS.ProcessEnv
  /** Lab to open at once; without it the list of labs is shown. */
  readonly lab?: string | undefined
}

/** Frames of the chrome a second: a terminal's own cells come at their own pace. */
const CHROME_FPS = 15
/** xterm's Shift-PageUp. */
const SHIFT_PAGEUP = '\x1b[5;2~'

/** Runs the full-screen app on this process's terminal. @returns the exit code, when the learner has left. */
export async function runUi({ ports, env, lab }: UiOptions): Promise<number> {
  const { stdin, stdout } = process
  const marks = marksFor(env)
  const leader = leaderFrom(env)
  const look = { marks, leader: keyName(leader.name, marks) }
  let leave: (words: readonly string[]) => void = () => {}
  const left = new Promise<readonly string[]>((resolve) => (leave = resolve))
  const store = new Store<AppState>(firstState(stdout.getWindowSize(), look))
  const compositor = new Compositor({ output: stdout, size: store.state.size, colours: !env['NO_COLOR'] })
  const sink = new InkSink(store.state.size.columns, (frame) => compositor.setBase(frame))
  const tty = new Tty({
    stdin,
    stdout,
    screen: compositor,
    title: 'knet-labs',
    onInput: (bytes) => router.push(bytes),
    onResize(size) {
      compositor.resize(size)
      store.set({ size })
      sink.resize(size.columns)
      controller.door.lesson?.desk.fit()
    },
  })
  const controller = new Controller({
    store,
    ports,
    handOver: (run) => tty.release(run),
    redraw: () => compositor.redraw(),
    leave,
    onView: () => stage(),
  })
  const keys = new KeyParser((input) => controller.press(input))
  const router = new Router({
    hotkeys: { leader: leader.sequence, 'shift-pageup': SHIFT_PAGEUP },
    onHotkey: (name) => controller.press(name),
    sink: () => terminalSink(controller) ?? keys,
  })
  const stage = () => setStage(compositor, store.state, controller.door.lesson?.desk)
  store.subscribe(stage)
  const ink = render(createElement(App, { store }), {
    stdout: sink as unknown as NodeJS.WriteStream,
    stdin: silentStdin(),
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: CHROME_FPS,
  })
  tty.enter()
  controller.attempt(() => (lab === undefined ? controller.door.showLabs() : controller.door.enter(lab)))
  const words = await left
  await controller.close()
  ink.unmount()
  compositor.close()
  tty.leave()
  stdout.write(words.map((line) => `${line}\n`).join(''))
  return 0
}

function firstState([columns, rows]: readonly [number, number], look: Look): AppState {
  const size: Size = { columns: columns || 80, rows: rows || 24 }
  return {
    size,
    look,
    screen: 'labs',
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

/** The terminal that has the focus, if one has. */
function terminalSink({ state, door }: Controller): InputSink | undefined {
  if (state.screen !== 'lesson' || state.overlay || state.lesson?.focus !== 'terminal') return undefined
  const view = door.lesson?.desk.view(state.lesson.active)
  return (
    view && {
      bracketedPaste: view.bracketedPaste,
      applicationCursorKeys: view.applicationCursor,
      write: (bytes) => view.write(bytes),
    }
  )
}
