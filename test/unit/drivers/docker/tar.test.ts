import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { tarOf } from '../../../../src/drivers/docker/tar.ts'

const FILES = [
  { path: 'root/hello.yaml', content: 'kind: Hello\n' },
  { path: 'usr/local/bin/greet', content: '#!/bin/sh\n', executable: true },
  { path: 'empty', content: '' },
  { path: 'block', content: 'ä'.repeat(256) },
]

test('tar(1) reads what it is given: names, modes, owners and contents', () => {
  const archive = tarOf(FILES)
  const tar = (...options: string[]) =>
    execFileSync('tar', [...options, '--file=-'], { input: archive, encoding: 'utf8' })
  const listed = tar('--list', '--verbose', '--numeric-owner').trim().split('\n')
  expect(listed.map((line) => line.replaceAll(/ +/g, ' ').split(' '))).toEqual([
    ['-rw-r--r--', '0/0', '12', '1970-01-01', '00:00', 'root/hello.yaml'],
    ['-rwxr-xr-x', '0/0', '10', '1970-01-01', '00:00', 'usr/local/bin/greet'],
    ['-rw-r--r--', '0/0', '0', '1970-01-01', '00:00', 'empty'],
    ['-rw-r--r--', '0/0', '512', '1970-01-01', '00:00', 'block'],
  ])
  expect(tar('--extract', '--to-stdout')).toBe(FILES.map(({ content }) => content).join(''))
})
