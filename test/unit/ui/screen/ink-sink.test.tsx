import { render, Text } from 'ink'
import { expect, test } from 'vitest'
import { InkSink } from '../../../../src/ui/screen/ink-sink.ts'
import { silentStdin } from '../../../../src/ui/screen/silent-stdin.ts'

/** What the sink hands on for each thing that Ink draws, and Ink's own handle. */
function drawn(text: string) {
  const frames: string[] = []
  const sink = new InkSink(10, (frame) => frames.push(frame))
  const ink = render(<Text>{text}</Text>, {
    stdout: sink as unknown as NodeJS.WriteStream,
    stdin: silentStdin(),
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: 1000,
  })
  const show = async (next: string) => {
    const before = frames.length
    ink.rerender(<Text>{next}</Text>)
    await expect.poll(() => frames.length).toBeGreaterThan(before)
    return frames.at(-1)
  }
  return { frames, sink, ink, show }
}

test('Whole frames come out, without what Ink writes around them.', async () => {
  const { frames, ink, show } = drawn('one\ntwo')
  await expect.poll(() => frames).toEqual(['one\ntwo'])
  expect(await show('three')).toBe('three')
  expect(await show(`${'line\n'.repeat(60)}end`)).toBe(`${'line\n'.repeat(60)}end`)
  expect(await show('short')).toBe('short')
  ink.unmount()
})

test('Ink lays out anew when the sink has another width.', async () => {
  const { frames, sink, ink } = drawn('aaa bbb ccc')
  await expect.poll(() => frames).toEqual(['aaa bbb\nccc'])
  sink.resize(5)
  await expect.poll(() => frames.at(-1)).toBe('aaa\nbbb\nccc')
  expect(frames).not.toContain('')
  ink.unmount()
})
