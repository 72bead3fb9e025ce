import type { AppState } from './app-state.ts'
import type { Key } from './input/key-names.ts'
import { BINDINGS, type ActionId, type KeyContext } from './keys.ts'

/** What keys mean now, apart from an overlay's own. */
export function contextOf({ screen, lesson }: AppState): KeyContext {
  if (screen !== 'lesson') return screen
  return lesson?.focus ?? 'lesson'
}

/** Keys of a terminal are the program's, all but the leader. */
const isOpenToAll = (context: KeyContext) => context !== 'terminal'

/** The action of a key by its name; a context's own keys come before those that hold everywhere. */
export function actionFor(context: KeyContext, key: string): ActionId | undefined {
  const named = BINDINGS.filter(({ keys }) => keys.includes(key))
  const own = named.find((binding) => binding.context === context)
  const common = isOpenToAll(context) ? named.find((binding) => binding.context === 'everywhere') : undefined
  return (own ?? common)?.action
}

/** What the key bar and the palette offer, the context's own first. */
export function bindingsIn(context: KeyContext) {
  const common = isOpenToAll(context) ? bindingsOf('everywhere') : []
  return [...bindingsOf(context), ...common]
}

const bindingsOf = (context: KeyContext) => BINDINGS.filter((binding) => binding.context === context)

/** What the palette offers: what keys do here, and in a lab what they do in its lesson. */
export function paletteBindings(state: AppState) {
  const context = contextOf(state)
  const lesson = state.lesson && context !== 'lesson' ? bindingsOf('lesson') : []
  return [...bindingsIn(context), ...lesson].filter(({ action }) => action !== 'app.palette')
}

/** A key by the name that keys.ts has for it: `ctrl-c`, `shift-pageup`, `T`. */
export function fullName({ name, ctrl, alt, shift }: Key): string {
  return [ctrl && 'ctrl', alt && 'alt', shift && 'shift', name].filter(Boolean).join('-')
}
