import { render } from 'ink'
import { createElement } from 'react'
import { App } from './app.tsx'
import { firstState, type AppState } from './app-state.ts'
import { keyName } from './components/key-hint.ts'
import { Controller } from './controller.ts'
import { inputTo } from './input-to.ts'
import { leaderFrom } from './input/leader.ts'
import { marksFor } from './marks.ts'
import type { UiPorts } from './ports.ts'
import { Compositor } from './screen/compositor.ts'
import { InkSink } from './screen/ink-sink.ts'
import { silentStdin } from './screen/silent-stdin.ts'
import { Tty } from './screen/tty.ts'
import { Stage } from './stage.ts'
import { Store } from './store.ts'
import { style } from './theme.ts'
import { titleOf } from './title.ts'

export interface UiOptions {
  readonly ports: UiPorts
  readonly env: NodeJS.ProcessEnv
  /** Lab to open at once; without it the list of labs is shown. */
  readonly lab?: string | undefined
}

/** Frames of the chrome a second: a terminal's own cells come at their own pace. */
const CHROME_FPS = 15
/** Runs the full-screen app on this process's terminal. @returns the exit code, when the learner has left. */
export async function runUi({ ports, env, lab }: UiOptions): Promise<number> {
  const { stdin, stdout } = process
  const marks = marksFor(env)
  const leader = leaderFrom(env)
  const look = { marks, leader: keyName(leader.name, marks) }
  const store = new Store<AppState>(
    firstState(stdout.getWindowSize(), look, lab === undefined ? 'labs' : 'start'),
  )
  const compositor = new Compositor({ output: stdout, size: store.state.size, colours: !env['NO_COLOR'] })
  const sink = new InkSink(store.state.size.columns, (frame) => {
    compositor.setBase(frame)
    stage.set()
  })
  let leave: (words: readonly string[]) => void = () => {}
  const left = new Promise<readonly string[]>((resolve) => (leave = resolve))
  const controller = new Controller({
    store,
    ports,
    async handOver(run) {
      await tty.release(run)
      input.reset()
    },
    suspend: () => tty.suspend(),
    redraw: () => compositor.redraw(),
    leave,
    onView: () => stage.set(),
  })
  const stage = new Stage({ compositor, controller })
  store.subscribe(stage.soon)
  const input = inputTo(controller, leader)
  const tty = new Tty({
    stdin,
    stdout,
    screen: compositor,
    title: 'knet-labs',
    onInput: (bytes) => input.push(bytes),
    onResize(size) {
      compositor.resize(size)
      store.set({ size })
      sink.resize(size.columns)
      controller.door.lesson?.desk.fit()
    },
  })
  // Begun before the first frame, which shows it already.
  controller.attempt(() => (lab === undefined ? controller.door.showLabs() : controller.door.enter(lab)))
  compositor.setBase(firstLines(store.state, lab))
  tty.enter()
  // Ink takes a tenth of a second over its first frame.
  await new Promise(setImmediate)
  const ink = drawInto(sink, store)
  const words = await left
  await controller.close()
  ink.unmount()
  stage.close()
  compositor.close()
  tty.leave()
  stdout.write(words.map((line) => `${line}\n`).join(''))
  return 0
}

/** What there is to see before Ink draws; its own first frame has the same words in the same places. */
function firstLines(state: AppState, lab: string | undefined): string {
  const { more } = state.look.marks
  const doing =
    lab === undefined ? `Looking for labs ${more}` : `  ${style('strong', `Starting ${lab} ${more}`)}`
  return [style('accent', titleOf(state).title), '', doing].join('\n')
}

/** Ink draws the chrome, and never sees the terminal. */
function drawInto(sink: InkSink, store: Store<AppState>) {
  return render(createElement(App, { store }), {
    stdout: sink as unknown as NodeJS.WriteStream,
    stdin: silentStdin(),
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: CHROME_FPS,
  })
}
