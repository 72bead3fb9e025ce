import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { stagePackage } from '../../../src/elsewhere/package.ts'

function packageIn() {
  const root = mkdtempSync(join(tmpdir(), 'knet-package-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const part of ['dist', 'images', 'labs']) mkdirSync(join(root, part))
  for (const file of ['Vagrantfile', 'package.json', 'dist/cli.js', 'labs/lab.yaml', 'secret'])
    writeFileSync(join(root, file), file)
  return { root, source: { packageRoot: root, labs: join(root, 'labs') }, folder: join(root, 'staged') }
}

test('what goes elsewhere is what the package has of it, and no other file', () => {
  const { source, folder } = packageIn()
  stagePackage(source, folder)
  expect(readdirSync(folder).sort()).toEqual(
    ['Vagrantfile', 'dist', 'images', 'labs', 'package.json', 'package.stamp'].sort(),
  )
  expect(readFileSync(join(folder, 'dist/cli.js'), 'utf8')).toBe('dist/cli.js')
})

test('its stamp is the same until a file changes, and the copy changes with it', () => {
  const { root, source, folder } = packageIn()
  const first = stagePackage(source, folder)
  expect(stagePackage(source, folder)).toBe(first)
  writeFileSync(join(root, 'labs/lab.yaml'), 'edited')
  expect(stagePackage(source, folder)).not.toBe(first)
  expect(readFileSync(join(folder, 'labs/lab.yaml'), 'utf8')).toBe('edited')
})

test('what Vagrant keeps beside the copy stays when the copy is renewed', () => {
  const { root, source, folder } = packageIn()
  stagePackage(source, folder)
  mkdirSync(join(folder, '.vagrant'))
  writeFileSync(join(root, 'dist/cli.js'), 'newer')
  stagePackage(source, folder)
  expect(readdirSync(folder)).toContain('.vagrant')
})
