import { expect, test } from 'vitest'
import { difference } from '../../../../src/net/iptables/difference.ts'
import { parseRuleset } from '../../../../src/net/iptables/parse.ts'

const owns = (chain: string) => chain.startsWith('MY-')
const save = (...lines: string[]) =>
  parseRuleset(['*filter', ':FORWARD ACCEPT', ...lines, 'COMMIT'].join('\n'))
const body = (text: string) =>
  text.split('\n').filter((line) => line && line !== 'COMMIT' && !line.startsWith('*'))

test('nothing changes where both are the same, whoever else has rules there', () => {
  const want = save(':MY-A -', '-A FORWARD -j MY-A', '-A MY-A -j ACCEPT')
  const have = save(':MY-A -', ':THEIRS -', '-A FORWARD -j THEIRS', '-A FORWARD -j MY-A', '-A MY-A -j ACCEPT')
  expect(difference(have, want, { owns, jumps: 'first' })).toBe('')
})

test('a chain that differs is written whole, its neighbours not at all', () => {
  const want = save(':MY-A -', ':MY-B -', '-A MY-A -j ACCEPT', '-A MY-A -j DROP', '-A MY-B -j ACCEPT')
  const have = save(':MY-A -', ':MY-B -', '-A MY-A -j ACCEPT', '-A MY-B -j ACCEPT')
  expect(body(difference(have, want, { owns, jumps: 'first' }))).toEqual([
    ':MY-A - [0:0]',
    '-A MY-A -j ACCEPT',
    '-A MY-A -j DROP',
  ])
})

test('a chain that is no longer wanted is removed, one of others is not', () => {
  const have = save(':MY-A -', ':THEIRS -', '-A MY-A -j ACCEPT')
  expect(body(difference(have, save(), { owns, jumps: 'first' }))).toEqual([':MY-A - [0:0]', '-X MY-A'])
})

test('chains come before those that jump to them', () => {
  const want = save(':MY-A -', ':MY-B -', '-A FORWARD -j MY-A', '-A MY-A -j MY-B', '-A MY-B -j ACCEPT')
  const declared = body(difference(new Map(), want, { owns, jumps: 'first' }))
  expect(declared).toEqual([
    ':MY-B - [0:0]',
    '-A MY-B -j ACCEPT',
    ':MY-A - [0:0]',
    '-A MY-A -j MY-B',
    '-I FORWARD -j MY-A',
  ])
})

test('rules missing from a built-in chain are put first or last in their order, those present moved there', () => {
  const want = save(':MY-A -', ':MY-B -', '-A FORWARD -j MY-A', '-A FORWARD -j MY-B')
  const have = save(':MY-A -', ':MY-B -', '-A FORWARD -j MY-B', '-A FORWARD -j DROP')
  expect(body(difference(have, want, { owns, jumps: 'first' }))).toEqual([
    '-D FORWARD -j MY-B',
    '-I FORWARD -j MY-B',
    '-I FORWARD -j MY-A',
  ])
  expect(body(difference(have, want, { owns, jumps: 'last' }))).toEqual([
    '-D FORWARD -j MY-B',
    '-A FORWARD -j MY-A',
    '-A FORWARD -j MY-B',
  ])
})

test('much is written in several transactions, each small enough for a socket', () => {
  const many = Array.from({ length: 700 }, (_, i) => `-A MY-A -s 10.0.${i >> 8}.${i & 255}/32 -j ACCEPT`)
  const text = difference(new Map(), save(':MY-A -', ...many), { owns, jumps: 'first' })
  const parts = text.split('COMMIT\n').filter(Boolean)
  expect(parts.map((part) => part.split('\n').length - 2)).toEqual([250, 250, 201])
  expect(parts.every((part) => part.startsWith('*filter\n'))).toBe(true)
  expect(body(text)).toEqual([':MY-A - [0:0]', ...many])
})
