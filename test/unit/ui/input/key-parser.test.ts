import { expect, test } from 'vitest'
import { fullName } from '../../../../src/ui/dispatch.ts'
import { type InputEvent, KeyParser } from '../../../../src/ui/input/key-parser.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'

const shown = (event: InputEvent) =>
  'paste' in event ? `paste ${JSON.stringify(event.paste)}` : fullName(event)

function parser() {
  const clock = new ManualClock()
  const events: InputEvent[] = []
  const keys = new KeyParser((event) => events.push(event), clock)
  const type = (...chunks: (string | Buffer)[]) => {
    for (const chunk of chunks) keys.write(Buffer.from(chunk as string))
    return events.map(shown)
  }
  return { clock, events, type, keys }
}

/** Keys of some bytes, when nothing follows. */
function keysOf(...chunks: (string | Buffer)[]) {
  const { type, clock, events } = parser()
  type(...chunks)
  clock.pass(30)
  return events.map(shown)
}

test.each([
  ['a', 'a'],
  ['T', 'T'],
  [' ', 'space'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\x7f', 'backspace'],
  ['\b', 'backspace'],
  ['\x00', 'ctrl-space'],
  ['\x03', 'ctrl-c'],
  ['\x1c', 'ctrl-\\'],
  ['\x1d', 'ctrl-]'],
  ['\x1b', 'escape'],
  ['漢', '漢'],
  ['🎉', '🎉'],
  ['\x1bx', 'alt-x'],
  ['\x1b\x01', 'ctrl-alt-a'],
  ['\x1b\r', 'alt-enter'],
  ['\x1b[', 'alt-['],
  ['\x1bO', 'alt-O'],
  ['\x1b]', 'alt-]'],
  ['\x1bé', 'alt-é'],
])('The byte of a key, %j, is %s.', (bytes, name) => {
  expect(keysOf(bytes)).toEqual([name])
})

test.each([
  ['xterm', '\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F', 'up down right left home end'],
  ['application mode', '\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF', 'up down right left home end'],
  ['VT220', '\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~', 'home insert delete end pageup pagedown'],
  [
    'rxvt',
    '\x1b[7~\x1b[8~\x1b[5$\x1b[6^\x1b[a\x1bOb\x1b\x1b[A',
    'home end shift-pageup ctrl-pagedown shift-up ctrl-down alt-up',
  ],
  [
    'modified',
    '\x1b[1;5A\x1b[1;2B\x1b[1;3C\x1b[1;8D\x1b[5;2~\x1b[Z',
    'ctrl-up shift-down alt-right ctrl-alt-shift-left shift-pageup shift-tab',
  ],
  ['F1 of xterm', '\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[15~', 'f1 f2 f3 f4 f5'],
  ['F1 of rxvt', '\x1b[11~\x1b[12~\x1b[13~\x1b[14~\x1b[15~', 'f1 f2 f3 f4 f5'],
  ['F1 of the Linux console', '\x1b[[A\x1b[[B\x1b[[C\x1b[[D\x1b[[E', 'f1 f2 f3 f4 f5'],
  ['F6 on', '\x1b[17~\x1b[18~\x1b[19~\x1b[20~\x1b[21~\x1b[23~\x1b[24~', 'f6 f7 f8 f9 f10 f11 f12'],
  ['modified F keys', '\x1b[1;5P\x1b[15;2~\x1bO5R', 'ctrl-f1 shift-f5 ctrl-f3'],
  [
    'kitty',
    '\x1b[27u\x1b[97;5u\x1b[97:65;2u\x1b[13;2u\x1b[32;1u\x1b[120;3u\x1b[97;1:3u',
    'escape ctrl-a A shift-enter space alt-x',
  ],
  ['modifyOtherKeys', '\x1b[27;5;9~\x1b[27;6;97~', 'ctrl-tab ctrl-shift-a'],
])('Keys as in %s are known.', (_, bytes, names) => {
  expect(keysOf(bytes)).toEqual(names.split(' '))
  // Byte by byte as well.
  expect(keysOf(...Array.from(Buffer.from(bytes), (byte) => Buffer.from([byte])))).toEqual(names.split(' '))
})

test('Keys that came in one chunk are told apart.', () => {
  expect(keysOf('ab\r\x1b[A\x1b[Bq\x03é')).toEqual(['a', 'b', 'enter', 'up', 'down', 'q', 'ctrl-c', 'é'])
})

test('What types something says what.', () => {
  const { type, events } = parser()
  type('T é\x03\x1bx')
  expect(events.map((event) => ('paste' in event ? event : event.text))).toEqual([
    'T',
    ' ',
    'é',
    undefined,
    undefined,
  ])
})

test('A character cut in two is one key.', () => {
  const [first, second] = [Buffer.from('漢').subarray(0, 1), Buffer.from('漢').subarray(1)]
  expect(keysOf(first, second)).toEqual(['漢'])
})

test('An Escape waits a moment for what would make a sequence of it.', () => {
  const { type, clock } = parser()
  expect(type('\x1b')).toEqual([])
  clock.pass(29)
  expect(type()).toEqual([])
  clock.pass(1)
  expect(type()).toEqual(['escape'])
  expect(type('[A')).toEqual(['escape', '[', 'A'])
  expect(type('\x1b', '[A')).toEqual(['escape', '[', 'A', 'up'])
})

test('Escape pressed twice is two, and Escape before a letter that came later is one.', () => {
  expect(keysOf('\x1b\x1b')).toEqual(['escape', 'escape'])
})

test.each([
  '\x1b[24;80R',
  '\x1b[?62;22c',
  '\x1b[0n',
  '\x1b[I',
  '\x1b[<0;10;5M',
  '\x1b[M !!',
  '\x1b]11;rgb:1e1e/1e1e/1e1e\x07',
  '\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\',
  '\x1bP1$r0m\x1b\\',
  '\x1b[?2026;2$y',
  '\x1b[99~',
  '\x1b[57358u',
  '\x1b[1;2',
  '\x1b[31mé'.slice(0, -1),
])('What is no key, as %j, is swallowed whole.', (bytes) => {
  expect(keysOf(bytes)).toEqual([])
  expect(keysOf(`${bytes}\x1b[A`)).toEqual(['up'])
})

test('A paste is one event, whatever is in it and however it is cut.', () => {
  const bytes = Buffer.from('a\x1b[200~hél\x1b[31mlo\rwo\r\nrld\x1b\x1b[201~b')
  const expected = ['a', `paste ${JSON.stringify('hél\x1b[31mlo\nwo\nrld\x1b')}`, 'b']
  for (let i = 1; i < bytes.length; i++) {
    expect(keysOf(bytes.subarray(0, i), bytes.subarray(i))).toEqual(expected)
  }
})

test('No bytes make it throw, and it goes on after them.', () => {
  let seed = 1
  const random = () => (seed = (seed * 48_271) % 0x7fff_ffff)
  const alphabet = [
    '\x1b',
    '[',
    'O',
    ']',
    '?',
    ';',
    '1',
    '9',
    '~',
    'A',
    'u',
    '$',
    '\x07',
    '\\',
    'é',
    '\x80',
    'M',
    '\x00',
  ]
  for (let round = 0; round < 2000; round++) {
    const noise = Array.from({ length: 12 }, () => alphabet[random() % alphabet.length]).join('')
    const { type, clock, events } = parser()
    type(Buffer.from(noise, 'latin1'))
    clock.pass(30)
    type('\x07\x1b\\zzzz')
    expect(events.slice(-1).map(shown), JSON.stringify(noise)).toEqual(['z'])
  }
})
