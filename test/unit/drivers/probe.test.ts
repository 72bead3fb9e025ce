import { expect, test } from 'vitest'
import { isAtLeast, versionIn } from '../../../src/drivers/sandbox/probe.ts'

test.each([
  ['unshare from util-linux 2.38.1', '2.38.1'],
  ['ip utility, iproute2-6.1.0, libbpf 1.1.2', '6.1.0'],
  ['Client Version: version.Info{Major:"1", Minor:"20", GitVersion:"v1.20.2"', '1.20.2'],
  ['ping from iputils 20221126', '20221126'],
  ['iptables v1.8.9 (nf_tables)', '1.8.9'],
  ['usage: hostname', undefined],
])('reads the version in "%s"', (text, version) => {
  expect(versionIn(text)).toBe(version)
})

test.each([
  ['1.20.2', true],
  ['1.36', true],
  ['2.0', true],
  ['1.19.16', false],
  ['0.99', false],
  ['20211215', true],
])('kubectl %s is none too old: %s', (version, expected) => {
  expect(isAtLeast(version, [1, 20])).toBe(expected)
})
