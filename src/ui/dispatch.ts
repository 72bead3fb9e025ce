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
  const common = isOpenToAll(context) ? BINDINGS.filter((binding) => binding.context === 'everywhere') : []
  return [...BINDINGS.filter((binding) => binding.context === context), ...common]
}

/** A key by the name that keys.ts has for it: `ctrl-c`, `shift-pageup`, `T`. */
export function fullName({ name, ctrl, alt, shift }: Key): string {
  return [ctrl && 'ctrl', alt && 'alt', shift && 'shift', name].filter(Boolean).join('-')
}
