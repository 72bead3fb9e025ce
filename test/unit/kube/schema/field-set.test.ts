import { describe, expect, test } from 'vitest'
import {
  difference,
  type FieldSet,
  FieldSetBuilder,
  intersection,
  pathsOf,
  recursiveDifference,
  union,
} from '../../../../src/kube/schema/field-set.ts'

type Path = readonly string[]

/** A small generator with a seed, so that a failure can be repeated. */
function randomly(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
}

const ELEMENTS = ['f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"']

function somePaths(random: () => number): Path[] {
  const element = () => ELEMENTS[Math.floor(random() * ELEMENTS.length)] ?? ''
  const path = () => Array.from({ length: 1 + Math.floor(random() * 3) }, element)
  return Array.from({ length: Math.floor(random() * 8) }, path)
}

function setOf(paths: readonly Path[]): FieldSet {
  const builder = new FieldSetBuilder()
  for (const path of paths) builder.add(path)
  return builder.build()
}

const text = (path: Path) => path.join('/')
const texts = (paths: Iterable<Path>) => [...new Set([...paths].map(text))].toSorted()

describe('set operations agree with sets of whole paths', () => {
  test.each(Array.from({ length: 300 }, (_, seed) => seed))('seed %i', (seed) => {
    const random = randomly(seed + 1)
    const [a, b] = [somePaths(random), somePaths(random)]
    const [setA, setB] = [setOf(a), setOf(b)]
    const frozen = JSON.stringify([setA, setB])
    const inB = new Set(texts(b))
    const belowB = (path: Path) => path.some((_, i) => inB.has(text(path.slice(0, i + 1))))

    expect(texts(pathsOf(setA))).toEqual(texts(a))
    expect(texts(pathsOf(union(setA, setB)))).toEqual(texts([...a, ...b]))
    expect(texts(pathsOf(difference(setA, setB)))).toEqual(texts(a.filter((path) => !inB.has(text(path)))))
    expect(texts(pathsOf(intersection(setA, setB)))).toEqual(texts(a.filter((path) => inB.has(text(path)))))
    expect(texts(pathsOf(recursiveDifference(setA, setB)))).toEqual(texts(a.filter((path) => !belowB(path))))
    // One set has one form: what is made in two ways is equal, in the order of its keys too.
    expect(JSON.stringify(union(setA, setB))).toBe(JSON.stringify(setOf([...b, ...a])))
    expect(JSON.stringify([setA, setB]), 'neither is changed').toBe(frozen)
  })
})

test('what does not change is not copied', () => {
  const set = setOf([
    ['f:spec', 'f:a'],
    ['f:status', 'f:b'],
  ])
  expect(union(set, setOf([['f:status', 'f:b']]))).toBe(set)
  expect(difference(set, setOf([['f:status', 'f:c']]))).toBe(set)
  expect(union(set, setOf([['f:status', 'f:c']]))['f:spec']).toBe(set['f:spec'])
})

test('a path that has paths below it is marked with a dot', () => {
  const set = setOf([['f:a', 'f:b'], ['f:a']])
  expect(set).toEqual({ 'f:a': { '.': {}, 'f:b': {} } })
  expect(difference(set, setOf([['f:a', 'f:b']]))).toEqual({ 'f:a': {} })
  expect(difference(set, setOf([['f:a']]))).toEqual({ 'f:a': { 'f:b': {} } })
})
