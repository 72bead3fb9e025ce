import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { calicoctlFiles, calicoctlOnHost } from '../../../src/cli/calicoctl.ts'

const folder = mkdtempSync(join(tmpdir(), 'knet-calicoctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

const own = join(folder, 'calicoctl')
writeFileSync(own, '#!/bin/sh\n')
chmodSync(own, 0o755)

const where = { folder, kubeconfig: '/state/kubeconfig', path: '' }

test('the learner’s own calicoctl is run where there is one, else ours', () => {
  expect(calicoctlOnHost(['--help'], { ...where, path: folder })).toEqual([own, '--help'])
  const [node, program] = calicoctlOnHost(['--help'], where)
  expect(node).toBe(process.execPath)
  expect(program).toMatch(/dist\/calicoctl\.js$/)
})

test('commands that ask the cluster are told of the lab’s by a file', () => {
  const words = calicoctlOnHost(['get', 'nodes'], { ...where, path: folder })
  const file = join(folder, 'calicoctl.cfg')
  expect(words).toEqual([own, 'get', 'nodes', `--config=${file}`])
  expect(readFileSync(file, 'utf8')).toContain('  kubeconfig: "/state/kubeconfig"\n')
})

test.each([['node', 'status'], ['get', '--help'], ['get', 'nodes', '-c', 'other.cfg'], ['--version']])(
  '%s %s is left as it is',
  (...argv) => {
    expect(calicoctlOnHost(argv, { ...where, path: folder })).toEqual([own, ...argv])
  },
)

test('machines are told where the cluster is', () => {
  const [config] = calicoctlFiles('own')
  expect(config).toMatchObject({ path: 'etc/calico/calicoctl.cfg' })
  expect(config?.content).toContain('kubeconfig: "/root/.kube/config"')
})
