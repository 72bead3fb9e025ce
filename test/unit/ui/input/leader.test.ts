import { expect, test } from 'vitest'
import { leaderFrom } from '../../../../src/ui/input/leader.ts'

test('the leader is F12 unless the environment names another key that terminals can send', () => {
  expect(leaderFrom({})).toEqual({ sequence: '\x1b[24~', name: 'f12' })
  expect(leaderFrom({ KNET_LEADER: 'F1' })).toEqual({ sequence: '\x1bOP', name: 'f1' })
  expect(leaderFrom({ KNET_LEADER: 'f10' })).toEqual({ sequence: '\x1b[21~', name: 'f10' })
  expect(leaderFrom({ KNET_LEADER: 'ctrl-g' })).toEqual({ sequence: '\x07', name: 'ctrl-g' })
  expect(leaderFrom({ KNET_LEADER: 'ctrl-]' })).toEqual({ sequence: '\x1d', name: 'ctrl-]' })
})

test('keys that Enter, Tab and Escape are as well can’t be the leader', () => {
  for (const name of ['ctrl-m', 'ctrl-i', 'ctrl-j', 'ctrl-[', 'f13', 'f0', 'x'])
    expect(leaderFrom({ KNET_LEADER: name })).toEqual(leaderFrom({}))
})
