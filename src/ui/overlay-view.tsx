import { Dialog } from './components/dialog.tsx'
import { Help } from './components/help.tsx'
import { Palette } from './components/palette.tsx'
import { Prompt } from './components/prompt.tsx'
import { dialogText, helpEntries, promptText, type Backdrop } from './overlay-box.ts'
import type { Overlay } from './overlay.ts'

/** What lies over the screen. */
export function OverlayView({ overlay, ...backdrop }: Backdrop & { readonly overlay: Overlay }) {
  const { size, marks } = backdrop
  switch (overlay.kind) {
    case 'help':
      return (
        <Help entries={helpEntries(overlay, backdrop)} scroll={overlay.scroll} size={size} marks={marks} />
      )
    case 'choose': {
      const { title, choices, query, selected } = overlay
      return (
        <Palette
          title={title}
          entries={choices}
          query={query}
          selected={selected}
          size={size}
          marks={marks}
        />
      )
    }
    case 'prompt':
      return <Prompt {...promptText(overlay)} line={overlay.line} size={size} marks={marks} />
    default: {
      const scroll = 'scroll' in overlay ? overlay.scroll : 0
      return <Dialog {...dialogText(overlay, backdrop)} scroll={scroll} size={size} marks={marks} />
    }
  }
}
