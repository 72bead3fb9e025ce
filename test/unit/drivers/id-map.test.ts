import { describe, expect, test } from 'vitest'
import {
  formatIdMap,
  parseIdMap,
  planIds,
  rangeForRoot,
  type Identity,
} from '../../../src/drivers/sandbox/id-map.ts'

const ROOT: Identity = {
  uid: 0,
  gid: 0,
  user: 'root',
  uidMap: '         0          0 4294967295\n',
  subuid: '',
  subgid: '',
  hasNewuidmap: true,
}
const ANN: Identity = {
  ...ROOT,
  uid: 1000,
  gid: 100,
  user: 'ann',
  subuid: 'bob:1:2\nann:100000:65536\n',
  subgid: '1000:200000:65536\n',
}

describe('the ids of a sandbox', () => {
  test('real root gives root inside an id far from every user’s', () => {
    const plan = planIds(ROOT)
    expect(plan).toEqual({ by: 'root', ranges: [{ inside: 0, outside: 0x4b4e0000, count: 65536 }] })
  })

  test('root of a container with 65536 ids gives all of them but its own', () => {
    expect(rangeForRoot(parseIdMap('0 100000 65536'))).toEqual({ inside: 0, outside: 1, count: 65535 })
    expect(rangeForRoot(parseIdMap('0 1000 1\n1 100000 65536'))).toEqual({
      inside: 0,
      outside: 1,
      count: 65536,
    })
  })

  test('root who is alone in a container remains what it is', () => {
    expect(planIds({ ...ROOT, uidMap: '0 1000 1' })).toEqual({ by: 'caller', uid: 0, gid: 0 })
  })

  test('a user is root inside, and has the subordinate ids besides, by name or number', () => {
    expect(planIds(ANN)).toEqual({
      by: 'newuidmap',
      uids: [
        { inside: 0, outside: 1000, count: 1 },
        { inside: 1, outside: 100000, count: 65536 },
      ],
      gids: [
        { inside: 0, outside: 100, count: 1 },
        { inside: 1, outside: 200000, count: 65536 },
      ],
    })
  })

  test.each([
    ['without newuidmap', { hasNewuidmap: false }],
    ['without subordinate users', { subuid: 'bob:1:65536' }],
    ['without subordinate groups', { subgid: '' }],
    ['with an empty range', { subuid: 'ann:100000:0' }],
  ])('a user %s is alone inside', (_title, lacking) => {
    expect(planIds({ ...ANN, ...lacking })).toEqual({ by: 'caller', uid: 1000, gid: 100 })
  })

  test('maps are written as the kernel reads them', () => {
    expect(formatIdMap(parseIdMap('0 5 1\n         1     100000      65536\n'))).toBe(
      '0 5 1\n1 100000 65536\n',
    )
  })
})
