import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { eventually, Stranger } from '../helpers/cli.ts'
import { expectNothingLeft, hostState } from '../helpers/host-state.ts'

/** Somebody without any rights, nor subordinate ids. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']
const stranger = new Stranger({}, isRoot ? become : [])
if (isRoot) {
  chownSync(stranger.home, NOBODY, NOBODY)
  mkdirSync(join(stranger.home, 'cwd'))
}
afterAll(() => stranger.leave())

test('a user without privileges starts a cluster, gets answers, captures packets and leaves nothing', async () => {
  const before = hostState()
  const start = await stranger.run(['start', 'flannel'])
  expect([start.code, start.stderr]).toEqual([0, expect.stringContaining('flannel is ready')])
  const solved = await stranger.run(['solve', '--to', 'udp'])
  expect([solved.code, solved.stderr]).toEqual([0, ''])
  await eventually(
    'every step up to there to hold',
    () => stranger.run(['check']),
    ({ code }) => code === 0,
  )
  const capture = 'ping -i 0.2 -c 30 172.19.0.3 >/dev/null & timeout 10 tcpdump -i eth0 -c 1 -nn icmp'
  const packet = await stranger.run(['exec', 'node0', '--', 'sh', '-c', capture])
  expect([packet.code, packet.stdout]).toEqual([0, expect.stringContaining('ICMP echo')])
  expect(await stranger.run(['stop'])).toMatchObject({ code: 0 })
  await expectNothingLeft(before, stranger.home)
})
