import type { Size } from '../../terminals/cells.ts'
import type { TerminalView } from '../../terminals/terminal.ts'
import { inside, lessonLayout } from '../layout.ts'
import type { Failure, OpenLab } from '../ports.ts'
import type { LessonState, TerminalTab } from './lesson-state.ts'
import {
  activated,
  closed,
  inPanes,
  isOver,
  neighbourOf,
  opened,
  replaced,
  terminalAt,
} from './terminal-tabs.ts'

export interface TerminalDeskOptions {
  readonly lab: OpenLab
  readonly get: () => LessonState
  readonly set: (change: Partial<LessonState>) => void
  readonly size: () => Size
  readonly failureOf: (thrown: unknown) => Failure
  /** A terminal shows something else, or has its cursor elsewhere. */
  readonly onView: () => void
}

/** Marks around pasted text (DECSET 2004), by which a shell knows that it was not typed. */
const PASTE = ['\x1b[200~', '\x1b[201~'] as const
/** To the end of the line and away with it, as shells have it. */
const CLEAR_LINE = '\x05\x15'
/** How long a shell that has just begun may take to its prompt. */
const PROMPT_MS = 1500

/** The terminals of a lesson: opens, shows, types into and closes them. */
export class TerminalDesk {
  readonly #o: TerminalDeskOptions
  readonly #views = new Map<string, TerminalView>()
  /** Those whose shell has waited for a command once. */
  readonly #prompted = new Set<string>()
  /** While terminals are being taken up. */
  #resumed: Promise<void> | undefined

  constructor(options: TerminalDeskOptions) {
    this.#o = options
  }

  view(id: string | undefined): TerminalView | undefined {
    return id === undefined ? undefined : this.#views.get(id)
  }

  /** Takes up the terminals that an earlier screen left; the first of a lab is made here. */
  resume(): Promise<void> {
    this.#resumed = this.#guard(async () => {
      const left = (await this.#o.lab.terminals.list()).filter(({ exitCode }) => exitCode === undefined)
      const views = await Promise.all(
        left.map(({ id }) => this.#o.lab.terminals.attach(id, this.#paneSize())),
      )
      for (const view of views) this.#add(view)
      const [machine] = this.#o.lab.machines
      if (left.length === 0 && machine !== undefined) await this.#open(machine)
      this.#resumed = undefined
    })
    return this.#resumed
  }

  open = (place: string) =>
    this.#guard(async () => {
      await this.#open(place)
      this.focus()
    })

  /**
   * Types a command where it belongs, without running it.
   * @param elsewhere in another terminal than the active one, so that both are seen.
   */
  type = (place: string, command: string, elsewhere: boolean) =>
    this.#guard(async () => {
      // A command may be chosen before the terminals are there.
      if (this.#resumed) await this.#resumed
      const lesson = this.#o.get()
      const except = elsewhere ? lesson.active : undefined
      const there = terminalAt(lesson, place, (tab) => tab.id !== except && this.#isFree(tab.id))
      const view = this.view(there?.id) ?? (await this.#open(place))
      this.#o.set(activated(this.#o.get(), view.id))
      this.focus()
      await this.#prompt(view)
      view.write(view.bracketedPaste ? CLEAR_LINE + PASTE.join(command) : command)
    })

  focus(): void {
    const { active, terminals } = this.#o.get()
    if (active === undefined) {
      void this.#resumed?.then(() => this.#o.get().active !== undefined && this.focus())
      return
    }
    const tab = terminals.find(({ id }) => id === active)
    if (tab && !isOver(tab)) this.#o.set({ focus: 'terminal' })
    this.fit()
  }

  leave(): void {
    this.#o.set({ focus: 'lesson', zoomed: false })
    this.fit()
  }

  turn(by: 1 | -1): void {
    const id = neighbourOf(this.#o.get(), by)
    if (id !== undefined) this.#o.set(activated(this.#o.get(), id))
    this.fit()
  }

  zoom(): void {
    const { zoomed } = this.#o.get()
    this.#o.set({ zoomed: !zoomed })
    if (!zoomed) this.focus()
    this.fit()
  }

  scroll(lines: number): void {
    const view = this.view(this.#o.get().active)
    if (!view) return
    this.#o.set({ focus: 'scrollback' })
    view.scroll(lines)
    this.fit()
  }

  /** Back to the newest line, and keys to the program. */
  follow(): void {
    this.view(this.#o.get().active)?.scroll(Number.MAX_SAFE_INTEGER)
    this.focus()
  }

  closeActive(): void {
    const { active } = this.#o.get()
    if (active === undefined) return
    this.#views.get(active)?.close()
    this.#drop(active)
  }

  /** Does work that may make machines anew; what ended with one of them begins again in its place. */
  async outlasting<T>(work: () => Promise<T>): Promise<T> {
    const lived = this.#o.get().terminals.filter((tab) => !isOver(tab))
    const result = await work()
    const { machines } = this.#o.lab
    const ended = this.#o.get().terminals.filter(({ id, place, exitCode }) => {
      return exitCode !== undefined && machines.includes(place) && lived.some((tab) => tab.id === id)
    })
    await Promise.all(ended.map(({ id, place }) => this.#renew(id, place)))
    return result
  }

  /** Gives each terminal that is seen the size of its pane. */
  fit(): void {
    const { panes } = this.panes()
    for (const { id, rect } of panes) this.#views.get(id)?.resize(inside(rect))
  }

  /** The terminals that are seen, and where, borders included. */
  panes() {
    const lesson = this.#o.get()
    const layout = layoutOf(lesson, this.#o.size())
    const ids = inPanes(lesson, layout.terminals.length)
    const panes = ids.flatMap((id, i) => {
      const rect = layout.terminals[i]
      return rect ? [{ id, rect }] : []
    })
    return { layout, panes }
  }

  /** Whether its shell waits for a command, or is yet to say that it does; what runs in the others must not be typed into. */
  #isFree(id: string): boolean {
    return this.view(id)?.bracketedPaste === true || !this.#prompted.has(id)
  }

  /** Resolves at the shell's prompt, which asks for bracketed pastes, or when there will hardly be one. */
  async #prompt(view: TerminalView): Promise<void> {
    if (view.bracketedPaste || this.#prompted.has(view.id)) return
    await new Promise<void>((resolve) => {
      const stop = view.onChange(() => view.bracketedPaste && done())
      const late = setTimeout(() => done(), PROMPT_MS)
      const done = () => {
        clearTimeout(late)
        stop()
        resolve()
      }
    })
  }

  async #open(place: string): Promise<TerminalView> {
    const view = await this.#o.lab.terminals.open(place, this.#paneSize())
    this.#add(view)
    return view
  }

  async #renew(id: string, place: string): Promise<void> {
    const view = await this.#o.lab.terminals.open(place, this.#paneSize())
    this.#views.get(id)?.close()
    this.#views.delete(id)
    this.#add(view, replaced(this.#o.get(), id, tabOf(view)))
  }

  #add(view: TerminalView, change = opened(this.#o.get(), tabOf(view))): void {
    this.#views.set(view.id, view)
    if (view.bracketedPaste) this.#prompted.add(view.id)
    this.#o.set(change)
    view.onChange(() => {
      if (view.bracketedPaste) this.#prompted.add(view.id)
      this.#follow(view)
      this.#o.onView()
    })
    this.fit()
  }

  /** What a tab says of its terminal. A shell that ended well was left by the learner, and its pane goes. */
  #follow(view: TerminalView): void {
    const now = tabOf(view)
    const { terminals, active, focus } = this.#o.get()
    const before = terminals.find(({ id }) => id === view.id)
    if (!before || JSON.stringify(before) === JSON.stringify(now)) return
    if (now.exitCode === 0) {
      this.#drop(view.id)
      return
    }
    const over = isOver(now)
    this.#o.set({
      terminals: terminals.map((tab) => (tab.id === now.id ? now : tab)),
      ...(over && active === now.id && focus !== 'lesson' ? { focus: 'lesson' as const } : {}),
    })
  }

  #drop(id: string): void {
    this.#views.get(id)?.close()
    this.#views.delete(id)
    this.#o.set(closed(this.#o.get(), id))
    this.fit()
  }

  #paneSize(): Size {
    const lesson = this.#o.get()
    const count = lesson.terminals.length + 1
    const shape = { size: this.#o.size(), count, inTerminal: true, zoomed: false }
    const [pane] = lessonLayout(shape).terminals
    return pane ? inside(pane) : this.#o.size()
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      this.#o.set({ failure: this.#o.failureOf(thrown) })
    }
  }
}

export const layoutOf = (lesson: LessonState, size: Size) =>
  lessonLayout({
    size,
    count: lesson.shown.length,
    inTerminal: lesson.focus !== 'lesson',
    zoomed: lesson.zoomed,
  })

const tabOf = ({ id, place, exitCode, lost, scrolledBack }: TerminalView): TerminalTab => ({
  id,
  place,
  exitCode,
  lost,
  scrolledBack,
})
