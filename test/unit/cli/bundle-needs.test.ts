import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { needsOf } from '../../../src/cli/bundle-needs.ts'
import { loadLabs } from '../../../src/lab/load.ts'

const LABS = resolve(import.meta.dirname, '../../../labs')
const labs = loadLabs(LABS).flatMap((entry) => ('lab' in entry && entry.lab ? [entry.lab] : []))

/** Whatever labs say, to people or to machines. */
const texts = readdirSync(LABS, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:ya?ml|md)$/.test(path))
  .map((path) => readFileSync(resolve(LABS, path), 'utf8'))

/** Names of images in running text have a tag: without one a pod would pull the latest, wherever it is. */
const NAMED = /\b(?:[\w.-]+\/)*(?:hello-kubernetes|busybox|nginx|alpine|agnhost|netshoot)(?::[\w.-]+)?/g

test('a bundle for all labs has every image that a lab names anywhere, with the tag that it names', () => {
  const needs = needsOf(labs)
  const named = texts
    .flatMap((text) => [...text.matchAll(NAMED)].map(([name]) => name))
    .filter((name) => name.includes(':'))
  expect(needs.images).toEqual(
    [...new Set(named)].map((name) => `docker.io/${name.includes('/') ? '' : 'library/'}${name}`).toSorted(),
  )
  expect(needs).toMatchObject({ k3s: true, calico: true })
})

test('no manifest and no command of a lab has an image without a tag', () => {
  const given = texts.flatMap((text) =>
    [...text.matchAll(/(?:\bimage:|--image[= ])\s*["']?([\w./:-]+)/g)].map(([, name = '']) => name),
  )
  expect(given.length).toBeGreaterThan(10)
  expect(given.filter((name) => !/:[\w.-]+$/.test(name))).toEqual([])
})

test('labs without a cluster need nothing, and those without Calico none of it', () => {
  const of = (id: string) => needsOf(labs.filter((lab) => lab.id === id))
  expect(of('containers')).toEqual({ k3s: false, calico: false, images: [] })
  expect(of('flannel')).toEqual({
    k3s: true,
    calico: false,
    images: ['docker.io/paulbouwer/hello-kubernetes:1.10.1'],
  })
  expect(of('calico')).toMatchObject({ calico: true })
})
