/**
 * Takes the screen: the alternate one with the cursor of the main one saved (1049), pastes marked (2004), no wrapping (7), so
 * that a frame for a wider terminal than it has just become scrolls nothing, and the cursor hidden (25).
 */
export const TAKE = '\x1b[?1049h\x1b[?2004h\x1b[?7l\x1b[?25l\x1b[m'

/** Undoes `TAKE`, wherever in a frame (2026) it comes. */
export const GIVE_BACK = '\x1b[?2026l\x1b[m\x1b[?7h\x1b[?2004l\x1b[?1049l\x1b[?25h'

/**
 * What a program that was killed may have left on: arrow and keypad keys of application mode, reports of mouse and focus,
 * insertion, another character set, origin mode and margins, which both put the cursor home.
 */
export const UNDO_OTHERS =
  '\x1b[?1l\x1b>\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[4l\x1b(B\x0f'
export const UNDO_MARGINS = '\x1b[?6l\x1b[r'

/** The main screen, where another program was killed on the alternate one; unlike 1049 it leaves the cursor be. */
export const MAIN_SCREEN = '\x1b[?1047l'

/** Keeps the window's title for later (xterm's window operations), and sets another. */
export const setTitle = (title: string) => `\x1b[22;0t\x1b]2;${title}\x07`
export const RESTORE_TITLE = '\x1b[23;0t'
