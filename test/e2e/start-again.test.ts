import { afterAll, expect, test } from 'vitest'
import { Stranger, CLI } from '../helpers/cli.ts'
import { ScreenReader } from '../helpers/screen-reader.ts'

const stranger = new Stranger()
afterAll(() => stranger.leave())

test('a lab that is started again goes on where it was: what earlier steps had left is there', async () => {
  await stranger.run(['start', 'flannel'])
  await stranger.run(['solve', '--to', 'pods'])
  await stranger.run(['next'])
  await stranger.run(['stop'])

  const { CI: _, ...env } = stranger.env
  const screen = new ScreenReader({
    argv: [process.execPath, CLI, 'start', 'flannel', '--plain'],
    env: { ...env, TERM: 'xterm-256color' },
    cwd: stranger.home,
  })
  try {
    await screen.until('3/12>', { deadlineMs: 60_000 })
    expect(screen.text()).toMatch(/hello-kubernetes-\w+-\w+/)
    expect(screen.text()).not.toContain('not there yet')
  } finally {
    await screen.close()
  }
  const pods = await stranger.kubectl(['get', 'pods', '-o', 'name'])
  expect(pods.stdout.trim().split('\n')).toHaveLength(3)

  await stranger.run(['stop'])
  const detached = await stranger.run(['start', 'flannel', '--detach'])
  expect(detached.stderr).toContain('is made again by: knet-labs reset --step --lab flannel')
})
