import { expect, test } from 'vitest'
import { readKernelState, type TableState } from '../../../../../src/dataplane/calico/felix/kernel-state.ts'
import { setChanges } from '../../../../../src/dataplane/calico/felix/set-changes.ts'
import { tableChanges } from '../../../../../src/dataplane/calico/felix/table-changes.ts'
import type { WrittenChain } from '../../../../../src/dataplane/calico/felix/written-chain.ts'

/** Hashes are as long as real ones. */
const hash = (text: string) => text.padEnd(16, '_')
const line = (text: string) => `-m comment --comment "cali:${hash(text)}" -j ${text}`
const chain = (name: string, ...rules: string[]): WrittenChain => ({
  name,
  hashes: rules.map(hash),
  lines: rules.map(line),
})

const WANT = {
  name: 'filter',
  chains: [chain('cali-a', 'x', 'y')],
  first: [chain('FORWARD', 'cali-a')],
  last: [],
}
const AS_WANTED = `*filter
:FORWARD ACCEPT [0:0]
:cali-a - [0:0]
-A FORWARD ${line('cali-a')}
-A FORWARD -j KUBE-FORWARD
-A cali-a ${line('x')}
-A cali-a ${line('y')}
COMMIT`

const stateIn = (saved: string): TableState | undefined => readKernelState(saved).tables.get('filter')

test('nothing is written when all is there', () => {
  expect(tableChanges(stateIn(AS_WANTED), WANT)).toBe('')
})

test('an empty table gets chains, then the jumps to them', () => {
  expect(tableChanges(undefined, WANT)).toBe(`*filter
:cali-a - [0:0]
-A cali-a ${line('x')}
-A cali-a ${line('y')}
-I FORWARD ${line('cali-a')}
COMMIT
`)
})

test.each([
  ['a rule is gone', AS_WANTED.replace(`-A cali-a ${line('x')}\n`, '')],
  ['the chain is empty', AS_WANTED.replaceAll(/^-A cali-a.*\n/gm, '')],
  ['somebody put a rule into it', AS_WANTED.replace('COMMIT', '-A cali-a -j ACCEPT\nCOMMIT')],
])('a chain is written anew when %s, and nothing else is', (_, saved) => {
  const [head, ...rest] = tableChanges(stateIn(saved), WANT).split('\n')
  expect([head, ...rest]).toEqual([
    '*filter',
    ':cali-a - [0:0]',
    `-A cali-a ${line('x')}`,
    `-A cali-a ${line('y')}`,
    'COMMIT',
    '',
  ])
})

test('a jump that is not the first rule any more goes back there', () => {
  const saved = AS_WANTED.replace('-A FORWARD', '-A FORWARD -j OTHERS\n-A FORWARD')
  expect(tableChanges(stateIn(saved), WANT)).toBe(
    `*filter\n-D FORWARD ${line('cali-a')}\n-I FORWARD ${line('cali-a')}\nCOMMIT\n`,
  )
})

test('chains that are no longer wanted go when nothing jumps to them any more', () => {
  const saved = AS_WANTED.replace('COMMIT', `-A cali-old ${line('cali-a')}\nCOMMIT`).replace(
    ':cali-a',
    ':cali-old - [0:0]\n:cali-a',
  )
  expect(tableChanges(stateIn(saved), WANT)).toBe('*filter\n:cali-old - [0:0]\n-X cali-old\nCOMMIT\n')
})

test('a long chain that exists gets its new rules after the old ones, which go from their end', () => {
  const rules = Array.from({ length: 600 }, (_, i) => `t${i}`)
  const want = { ...WANT, chains: [chain('cali-a', ...rules)] }
  const changes = tableChanges(stateIn(AS_WANTED), want)
  const commits = changes.split('COMMIT\n').slice(0, -1)
  expect(commits.map((commit) => commit.match(/^-A/gm)?.length)).toEqual([250, 250, 100])
  expect(changes).toMatch(/\n-D cali-a 2\n-D cali-a 1\nCOMMIT\n$/)
  expect(changes).not.toContain(':cali-a')
})

test('members come before they are needed and go after; sets are gone when no rule names them', () => {
  const have = readKernelState(
    [
      'create cali40old hash:net family inet',
      'create cali40a hash:net family inet',
      'add cali40a 10.0.0.1',
    ].join('\n'),
  )
  const want = [
    { name: 'cali40a', type: 'hash:net', members: new Set(['10.0.0.2']) },
    { name: 'cali40b', type: 'hash:ip,port', members: new Set(['10.0.0.3,tcp:80']) },
  ]
  expect(setChanges(have.sets, want)).toEqual({
    restore: [
      'add cali40a 10.0.0.2',
      'create cali40b hash:ip,port family inet maxelem 1048576',
      'add cali40b 10.0.0.3,tcp:80',
      'del cali40a 10.0.0.1',
    ],
    gone: ['cali40old'],
  })
})
