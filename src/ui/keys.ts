/** Where a key means what it means here. */
export type KeyContext =
  | 'everywhere'
  | 'labs'
  | 'start'
  | 'lesson'
  | 'terminal'
  | 'scrollback'
  | 'map'
  | 'packets'
  | 'done'

export interface Binding {
  /** Which action it is; `actions/table.ts` has what it does. */
  readonly action: string
  /** Names as the key parser gives them, modifiers first: `ctrl-c`, `shift-tab`, `pageup`, `T`. */
  readonly keys: readonly string[]
  readonly label: string
  readonly context: KeyContext
  /** Shown in the key bar, where there is room, in this file's order. */
  readonly bar: boolean
}

const bind =
  (context: KeyContext) =>
  <Action extends string>(action: Action, keys: string, label: string, bar = false) => ({
    action,
    keys: keys.split(' '),
    label,
    context,
    bar,
  })

const labs = bind('labs')
const start = bind('start')
const lesson = bind('lesson')
const terminal = bind('terminal')
const scrollback = bind('scrollback')
const map = bind('map')
const packets = bind('packets')
const done = bind('done')
const everywhere = bind('everywhere')

/** Every key of the app: what is bound, what the key bar and the help say, and what the palette offers. */
export const BINDINGS = [
  labs('labs.open', 'enter', 'start or resume', true),
  labs('labs.up', 'up k', 'up'),
  labs('labs.down', 'down j', 'down'),
  labs('labs.filter', '/', 'filter', true),
  labs('labs.all', 'escape', 'all labs again'),

  start('start.details', 'v', 'the commands being run', true),
  start('start.retry', 'r', 'try again', true),
  start('start.cancel', 'escape q ctrl-c', 'give up and go back', true),

  lesson('suggestion.type', 'enter', 'type the command', true),
  lesson('suggestion.second', 'T', 'type it in a second terminal'),
  lesson('suggestion.up', 'up k', 'command above'),
  lesson('suggestion.down', 'down j', 'command below'),
  lesson('text.pageup', 'pageup b', 'text up'),
  lesson('text.pagedown', 'pagedown space', 'text down'),
  lesson('step.check', 'c', 'check', true),
  lesson('step.hint', 'h', 'hint', true),
  lesson('step.next', 'n right', 'next', true),
  lesson('step.previous', 'p left', 'back'),
  lesson('step.choose', 'g', 'go to a step'),
  lesson('step.explain', 'e', 'what it meant, or the task again'),
  lesson('step.deeper', 'd', 'go deeper'),
  lesson('step.solve', 'S', 'solve it for me'),
  lesson('step.reset', 'r', 'put this step back'),
  lesson('lab.reset', 'R', 'put the whole lab back'),
  lesson('lesson.cancel', 'escape', 'give up what is being done'),
  lesson('terminal.focus', 'tab leader', 'into the terminal', true),
  lesson('terminal.new', 't', 'new terminal', true),
  lesson('terminal.next', ']', 'next terminal'),
  lesson('terminal.previous', '[', 'terminal before'),
  lesson('terminal.zoom', 'z', 'terminal alone, or beside the text'),
  lesson('terminal.scrollback', 's', 'scroll the terminal back'),
  lesson('terminal.close', 'x', 'close the terminal'),
  lesson('terminal.shell', '!', 'hand this whole screen to a shell'),
  lesson('map.show', 'm', 'network map', true),
  lesson('packets.show', 'P', 'capture packets', true),

  terminal('terminal.leave', 'leader', 'back to the lesson', true),
  terminal('terminal.scrollback', 'shift-pageup', 'scroll back', true),

  scrollback('scrollback.up', 'up k', 'line up', true),
  scrollback('scrollback.down', 'down j', 'line down', true),
  scrollback('scrollback.pageup', 'pageup b shift-pageup', 'page up', true),
  scrollback('scrollback.pagedown', 'pagedown space shift-pagedown', 'page down', true),
  scrollback('scrollback.top', 'home g', 'oldest line'),
  scrollback('scrollback.leave', 'escape end G q enter leader', 'back to the newest', true),

  map('map.left', 'left h', 'left', true),
  map('map.right', 'right l', 'right'),
  map('map.up', 'up k', 'up'),
  map('map.down', 'down j', 'down'),
  map('map.pageup', 'pageup b', 'scroll up'),
  map('map.pagedown', 'pagedown space', 'scroll down'),
  map('map.capture', 'c enter', 'capture here', true),
  map('map.leave', 'm escape', 'back to the lesson', true),

  packets('packets.up', 'up k', 'up'),
  packets('packets.down', 'down j', 'down'),
  packets('packets.pageup', 'pageup b', 'page up'),
  packets('packets.pagedown', 'pagedown space', 'page down'),
  packets('packets.home', 'home g', 'first'),
  packets('packets.end', 'end G', 'newest, and follow'),
  packets('packets.tab', 'tab', 'next pane', true),
  packets('packets.enter', 'enter right', 'open', true),
  packets('packets.filter', '/', 'filter', true),
  packets('packets.follow', 'f', 'follow the stream', true),
  packets('packets.save', 'w', 'save pcap', true),
  packets('packets.wireshark', 'W', 'open in Wireshark'),
  packets('packets.stop', 's', 'stop capturing', true),
  packets('packets.new', 'c', 'capture elsewhere'),
  packets('packets.leave', 'escape P', 'back to the lesson', true),

  done('done.next', 'enter', 'the next lab', true),
  done('done.labs', 'l', 'all labs', true),
  done('done.back', 'escape p', 'back to the last step', true),

  everywhere('app.palette', ':', 'all commands', true),
  everywhere('app.labs', 'L', 'labs'),
  everywhere('app.redraw', 'ctrl-l', 'draw the screen anew'),
  everywhere('app.suspend', 'ctrl-z', 'back to your shell; fg comes back'),
  everywhere('app.quit', 'q ctrl-c', 'quit; the lab goes on', true),
  everywhere('app.stop', 'Q', 'quit and stop the lab'),
  everywhere('app.help', '? f1', 'help', true),
] as const satisfies readonly Binding[]

export type ActionId = (typeof BINDINGS)[number]['action']
