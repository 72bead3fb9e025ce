import { expect, test } from 'vitest'
import {
  readKernelState,
  recognized,
  type TableState,
} from '../../../../../src/dataplane/calico/felix/kernel-state.ts'
import { setChanges } from '../../../../../src/dataplane/calico/felix/set-changes.ts'
import { isPatched, tableChanges } from '../../../../../src/dataplane/calico/felix/table-changes.ts'
import { writtenChain, type WrittenTable } from '../../../../../src/dataplane/calico/felix/written-chain.ts'

const chain = (name: string, ...targets: string[]) =>
  writtenChain(
    name,
    targets.map((target) => `-j ${target}`),
  )
/** The rules of such a chain as they are written; `of` counts from 0. */
const line = ({ hashes, words }: ReturnType<typeof chain>, of: number) =>
  `-m comment --comment "cali:${hashes()[of]}" ${words[of]}`

/** As it comes to a chain that is patched. */
const passing = ({ name, words }: ReturnType<typeof chain>, of: number) =>
  `-m comment --comment "cali:${writtenChain(name, [words[of] ?? '']).hashes()[0]}" ${words[of]}`

const A = chain('cali-a', 'x', 'y')
const FORWARD = chain('FORWARD', 'cali-a')
const WANT: WrittenTable = {
  insertMode: 'insert',
  name: 'filter',
  chains: [A],
  first: [FORWARD],
  last: [],
}
const AS_WANTED = `*filter
:FORWARD ACCEPT [0:0]
:cali-a - [0:0]
-A FORWARD ${line(FORWARD, 0)}
-A FORWARD -j KUBE-FORWARD
-A cali-a ${line(A, 0)}
-A cali-a ${line(A, 1)}
COMMIT`

const restoring = (have: TableState | undefined, want: WrittenTable) => tableChanges(have, want).restore
const stateIn = (saved: string): TableState | undefined => readKernelState(saved).tables.get('filter')

test('nothing is written when all is there', () => {
  expect(restoring(stateIn(AS_WANTED), WANT)).toBe('')
})

test('an empty table gets chains, then the jumps to them', () => {
  expect(restoring(undefined, WANT)).toBe(`*filter
:cali-a - [0:0]
-A cali-a ${line(A, 0)}
-A cali-a ${line(A, 1)}
-I FORWARD ${line(FORWARD, 0)}
COMMIT
`)
})

test.each([
  ['a rule is gone', AS_WANTED.replace(`-A cali-a ${line(A, 0)}\n`, '')],
  ['the chain is empty', AS_WANTED.replaceAll(/^-A cali-a.*\n/gm, '')],
  ['somebody put a rule into it', AS_WANTED.replace('COMMIT', '-A cali-a -j ACCEPT\nCOMMIT')],
])('a chain is written anew when %s, and nothing else is', (_, saved) => {
  const [head, ...rest] = restoring(stateIn(saved), WANT).split('\n')
  expect([head, ...rest]).toEqual([
    '*filter',
    ':cali-a - [0:0]',
    `-A cali-a ${line(A, 0)}`,
    `-A cali-a ${line(A, 1)}`,
    'COMMIT',
    '',
  ])
})

test('a jump that is not the first rule any more goes back there', () => {
  const saved = AS_WANTED.replace('-A FORWARD', '-A FORWARD -j OTHERS\n-A FORWARD')
  expect(restoring(stateIn(saved), WANT)).toBe(
    `*filter\n-D FORWARD ${line(FORWARD, 0)}\n-I FORWARD ${line(FORWARD, 0)}\nCOMMIT\n`,
  )
})

test('chains that are no longer wanted go when nothing jumps to them any more', () => {
  const saved = AS_WANTED.replace('COMMIT', `-A cali-old ${line(FORWARD, 0)}\nCOMMIT`).replace(
    ':cali-a',
    ':cali-old - [0:0]\n:cali-a',
  )
  expect(restoring(stateIn(saved), WANT)).toBe('*filter\n:cali-old - [0:0]\n-X cali-old\nCOMMIT\n')
})

test('a long chain that exists gets its new rules after the old ones, which go from their end', () => {
  const rules = Array.from({ length: 2000 }, (_, i) => `t${i}`)
  const want = { ...WANT, chains: [chain('cali-a', ...rules)] }
  const changes = restoring(stateIn(AS_WANTED), want)
  const commits = changes.split('COMMIT\n').slice(0, -1)
  expect(commits.map((commit) => commit.match(/^-A/gm)?.length)).toEqual([418, 418, 418, 418, 328])
  expect(changes).toMatch(/\n-D cali-a 2\n-D cali-a 1\nCOMMIT\n$/)
  expect(changes).not.toContain(':cali-a')
})

const long = (...targets: string[]) => chain('cali-a', ...targets)
const TARGETS = Array.from({ length: 300 }, (_, i) => `t${i}`)

/** What a kernel has once a chain was written there, and then another in its place. */
function chainAfter(before: ReturnType<typeof chain>, next: ReturnType<typeof chain>, renewals = 0) {
  const first = tableChanges(undefined, { ...WANT, chains: [before] }).after
  const { restore, after } = tableChanges(first, { ...WANT, chains: [next] })
  const renewed = tableChanges(after, { ...WANT, chains: [next] }, renewals)
  return { restore, after, renewed }
}

test('a long chain that changed in places is patched, and hashes of the rules after them wait', () => {
  const before = long(...TARGETS)
  const next = long('new', ...TARGETS.filter((target) => target !== 't100'))
  const { restore, after, renewed } = chainAfter(before, next)
  expect(restore).toBe(`*filter\n-I cali-a 1 ${passing(next, 0)}\n-D cali-a 102\nCOMMIT\n`)
  expect(isPatched(after)).toBe(true)
  const there = after.chains.get('cali-a')?.hashes()
  expect(there?.slice(0, 3)).toEqual([next.hashes()[0], ...before.hashes().slice(0, 2)])
  expect(renewed.restore).toBe('')
})

test('a patched chain that is seen again is known again, and another one is not', () => {
  const next = long('new', ...TARGETS)
  const { after } = chainAfter(long(...TARGETS), next)
  const known = { tables: new Map([['filter', after]]), sets: new Map(), addresses: [] }
  const saved = (hashes: readonly string[]) =>
    [
      '*filter',
      ':cali-a - [0:0]',
      ...hashes.map((hash) => `-A cali-a -m comment --comment "cali:${hash}"`),
    ].join('\n')
  const hashes = after.chains.get('cali-a')?.hashes() ?? []
  const again = (lines: readonly string[]) =>
    recognized(readKernelState(saved(lines)), known).tables.get('filter')
  expect(tableChanges(again(hashes), { ...WANT, chains: [next], first: [] }).restore).toBe('')
  expect(again(hashes.slice(1))?.chains.get('cali-a')?.words).toBeUndefined()
})

const asking = (count: number) =>
  writtenChain('cali-a', [
    ...Array.from({ length: count }, (_, i) => [`--jump p${i}`, '-m mark --mark 1/1 --jump RETURN']).flat(),
    '--jump DROP',
  ])

test('hundreds of policies come to a long chain some at a time, each whole', () => {
  const { restore } = chainAfter(asking(250), asking(500))
  const commits = restore.split('COMMIT\n').slice(0, -1)
  expect(commits.length).toBeGreaterThan(1)
  for (const commit of commits)
    expect(commit.trim()).toMatch(/^\*filter\n-I .* --jump p\d+\n[^]*--jump RETURN$/)
  expect(restore.match(/^-I cali-a/gm)).toHaveLength(500)
})

test('where far more policies come than there were, all are written after the old ones, which go from their end', () => {
  const { restore, after } = chainAfter(asking(100), asking(500))
  expect(restore.match(/^-A cali-a/gm)).toHaveLength(1001)
  expect(restore.match(/^-D cali-a \d+/gm)).toEqual(
    Array.from({ length: 201 }, (_, i) => `-D cali-a ${201 - i}`),
  )
  expect(restore).not.toContain('-I cali-a')
  expect(isPatched(after)).toBe(false)
})

/** A pod's chain, and the one whose rule goes there. */
const POD = 'cali-tw-cali1234567890a'
const podTable = (policies: number, ...others: string[]): WrittenTable => {
  const { words } = asking(policies)
  const ways = [POD, ...others].map((name, i) => `--out-interface cali${i} --goto ${name}`)
  const dispatch = writtenChain('cali-to-wl-dispatch', [...ways, '--jump DROP'])
  return {
    ...WANT,
    first: [],
    chains: [writtenChain(POD, words), ...others.map((name) => chain(name)), dispatch],
  }
}

test('a pod’s long chain is filled aside, and takes the place and the name of the old one in one transaction', () => {
  const first = tableChanges(undefined, podTable(100)).after
  const want = podTable(500)
  const { restore, after } = tableChanges(first, want)
  const commits = restore.split('COMMIT\n').slice(0, -1)
  expect(restore.match(new RegExp(`^-A ${POD}-new `, 'gm'))).toHaveLength(1001)
  const [way, drop] = want.chains[1] ? [0, 1].map((of) => line(want.chains[1]!, of)) : []
  expect(commits.at(-1)).toContain(`:cali-to-wl-dispatch - [0:0]
-A cali-to-wl-dispatch ${way}-new
-A cali-to-wl-dispatch ${drop}
:${POD} - [0:0]
-X ${POD}
-E ${POD}-new ${POD}
`)
  expect(tableChanges(after, want).restore).toBe('')
})

test('one policy more is put into a pod’s long chain, and nothing is filled aside', () => {
  const first = tableChanges(undefined, podTable(400)).after
  expect(tableChanges(first, podTable(401)).restore).toMatch(/^\*filter\n-I .*\n-I .*\nCOMMIT\n$/)
})

test('a pod’s chain is written in its place when it is not known what goes there, or its new name is taken', () => {
  const first = tableChanges(undefined, podTable(100)).after
  const unknown = new Map([...first.chains, ['cali-to-wl-dispatch', { hashes: () => ['', ''] }]])
  const taken = new Map([...first.chains, [`${POD}-new`, { hashes: () => [] }]])
  for (const chains of [unknown, taken]) {
    const { restore } = tableChanges({ ...first, chains }, podTable(500))
    expect(restore.match(new RegExp(`^-A ${POD} `, 'gm'))).toHaveLength(1001)
    expect(restore).not.toContain('-E ')
  }
})

test('a pod’s chain of unknown rules is replaced where the rule that goes there is known by its hash', () => {
  const first = tableChanges(undefined, podTable(100)).after
  const { hashes } = first.chains.get('cali-to-wl-dispatch')!
  const chains = new Map([
    ...first.chains,
    ['cali-to-wl-dispatch', { hashes }],
    [POD, { hashes: () => ['strange'] }],
  ])
  expect(tableChanges({ ...first, chains }, podTable(500)).restore).toContain(`-E ${POD}-new ${POD}\n`)
})

test('a chain that begins as one before it did has the same hashes as one that is worked out alone', () => {
  const before = writtenChain('cali-a', ['a', 'b', 'c', 'd'])
  before.hashes(3)
  for (const words of [['a', 'b', 'x', 'd'], ['a', 'b', 'c', 'd', 'e'], ['a'], [], ['x']])
    expect(writtenChain('cali-a', words, 'cali-a', before).hashes()).toEqual(
      writtenChain('cali-a', words).hashes(),
    )
})

test('patched chains get the hashes that they should have, as far as there is leave', () => {
  const next = long(...TARGETS, 'new')
  const { restore, renewed: atTheEnd } = chainAfter(long(...TARGETS), next, 1)
  expect(restore).toBe(`*filter\n-I cali-a 301 ${passing(next, 300)}\nCOMMIT\n`)
  expect(atTheEnd.restore).toBe(`*filter\n-R cali-a 301 ${line(next, 300)}\nCOMMIT\n`)
  expect(isPatched(atTheEnd.after)).toBe(false)

  const other = long(...TARGETS.slice(0, 297), 'new', ...TARGETS.slice(297))
  const { renewed } = chainAfter(long(...TARGETS), other, 1)
  const lines = [297, 298, 299, 300].map((of) => `-R cali-a ${of + 1} ${line(other, of)}`)
  expect(renewed.restore).toBe(['*filter', ...lines, 'COMMIT', ''].join('\n'))
  expect(renewed.after.chains.get('cali-a')?.hashes()).toEqual(other.hashes())
})

test('members come before they are needed and go after; sets are gone when no rule names them', () => {
  const have = readKernelState(
    [
      'create cali40old hash:net family inet maxelem 1048576',
      'create cali40a hash:net family inet maxelem 1048576',
      'add cali40a 10.0.0.1',
    ].join('\n'),
  )
  const want = [
    { name: 'cali40a', type: 'hash:net', members: new Set(['10.0.0.2']) },
    { name: 'cali40b', type: 'hash:ip,port', members: new Set(['10.0.0.3,tcp:80']) },
  ]
  expect(setChanges(have.sets, want, 1_048_576)).toEqual({
    restore: [
      'add cali40a 10.0.0.2',
      'create cali40b hash:ip,port family inet maxelem 1048576',
      'add cali40b 10.0.0.3,tcp:80',
      'del cali40a 10.0.0.1',
    ],
    gone: ['cali40old'],
  })
})

test('a set of another size is made anew beside the old one, and takes its place', () => {
  const have = readKernelState(
    'create cali40a hash:net family inet hashsize 1024 maxelem 500\nadd cali40a 10.0.0.1',
  )
  const want = [{ name: 'cali40a', type: 'hash:net', members: new Set(['10.0.0.2']) }]
  expect(setChanges(have.sets, want, 600)).toEqual({
    restore: [
      'create cali4t0 hash:net family inet maxelem 600',
      'add cali4t0 10.0.0.2',
      'swap cali4t0 cali40a',
      'destroy cali4t0',
    ],
    gone: [],
  })
})
