import { expect, test } from 'vitest'
import { DEFAULT_LEADER, type InputSink, Router } from '../../../../src/ui/input/router.ts'
import { ManualClock } from '../../../helpers/manual-clock.ts'

interface Setup {
  readonly bracketedPaste?: boolean
  readonly applicationCursorKeys?: boolean
}

/** What went where, in order: bytes as they came, hotkeys as `<name>`. */
function routed({ bracketedPaste = true, applicationCursorKeys = false }: Setup = {}) {
  const clock = new ManualClock()
  let focus = 'a'
  const log: { to: string; text: string }[] = []
  const give = (to: string, text: string) => {
    const last = log.at(-1)
    if (last?.to === to) last.text += text
    else log.push({ to, text })
  }
  const sink = (name: string): InputSink => ({
    bracketedPaste,
    applicationCursorKeys,
    write: (bytes) => give(name, Buffer.from(bytes).toString('latin1')),
  })
  const router = new Router({
    hotkeys: { leader: DEFAULT_LEADER, back: '\x1b[5;2~' },
    onHotkey: (name) => {
      log.push({ to: 'hotkey', text: name })
      focus = focus === 'a' ? 'b' : 'a'
    },
    sink: () => sink(focus),
    clock,
  })
  const type = (...chunks: string[]) => {
    for (const chunk of chunks) router.push(Buffer.from(chunk, 'latin1'))
    return log.map(({ to, text }) => `${to}:${text}`)
  }
  return { clock, router, type }
}

test('What follows a hotkey in the same chunk goes to whoever has the focus then.', () => {
  expect(routed().type('ls\x1b[24~q\x1b[24~x')).toEqual([
    'a:ls',
    'hotkey:leader',
    'b:q',
    'hotkey:leader',
    'a:x',
  ])
})

test('Sequences that are no hotkeys go through as they are.', () => {
  const odd = '\x1bOP\x1b[15~\x1b[1;5A\x1bx\x03\x1a\x00\x1b[Z\x1b[I\x1b[24;5~\x1b\x1b[A\xe6\xbc\xa2\x7f\r'
  expect(routed().type(odd)).toEqual([`a:${odd}`])
})

test('However the bytes are cut, the same comes out.', () => {
  const all =
    'ls\r\x1b[200~p\x1b[24~\rste\x1b[201~\x1bOP\x1b[1;5A\x1b\x1b[24~1\xc3\xa9\x1b[24~\x1b[5;2~\x1b[24~q'
  const whole = routed().type(all)
  for (let i = 1; i < all.length; i++) {
    for (let j = i; j < all.length; j++) {
      expect(routed().type(all.slice(0, i), all.slice(i, j), all.slice(j))).toEqual(whole)
    }
  }
})

test('Inside a paste the hotkey is text.', () => {
  const paste = '\x1b[200~x\x1b[24~y\x1b[201~'
  expect(routed().type(`${paste}\x1b[24~`)).toEqual([`a:${paste}`, 'hotkey:leader'])
})

test('A program that does not know paste marks gets the pasted text alone.', () => {
  expect(routed({ bracketedPaste: false }).type('1\x1b[200~pas', 'ted\x1b[20', '1~2')).toEqual(['a:1pasted2'])
})

test('Arrow keys follow what the program asked for, modified ones and pasted ones do not.', () => {
  const { type } = routed({ applicationCursorKeys: true })
  expect(type('\x1b[A\x1b', '[H\x1b[1;5B\x1b[200~\x1b[A\x1b[201~')).toEqual([
    'a:\x1bOA\x1bOH\x1b[1;5B\x1b[200~\x1b[A\x1b[201~',
  ])
})

test('An Escape alone goes through after a moment, and a late rest of the hotkey is still one.', () => {
  const { type, clock } = routed()
  expect(type('x\x1b')).toEqual(['a:x'])
  clock.pass(10)
  expect(type()).toEqual(['a:x\x1b'])
  expect(type('[24~y')).toEqual(['a:x\x1b', 'hotkey:leader', 'b:y'])
})

test('A paste of megabytes goes through whole.', () => {
  const paste = `\x1b[200~${'line of text\r'.repeat(100_000)}\x1b[201~`
  const chunks = paste.match(/[^]{1,65536}/g) ?? []
  expect(
    routed()
      .type(...chunks)
      .join(''),
  ).toBe(`a:${paste}`)
})

test('After a reset nothing is left of a paste that never ended.', () => {
  const { type, router } = routed()
  type('\x1b[200~abc')
  router.reset()
  expect(type('\x1b[24~')).toEqual(['a:\x1b[200~abc', 'hotkey:leader'])
})
