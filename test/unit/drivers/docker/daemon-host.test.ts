import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { daemonHost, hostIn } from '../../../../src/drivers/docker/daemon-host.ts'

const hostOf = (host: string) => daemonHost({ host, from: 'DOCKER_HOST' })

test.each([
  ['tcp://far:2376', 'far'],
  ['tcp://192.0.2.7:2375', '192.0.2.7'],
  ['https://far.example', 'far.example'],
  ['tcp://[2001:db8::7]:2375', '2001:db8::7'],
])('the daemon of %s is on %s', async (endpoint, host) => {
  expect(await hostOf(endpoint)).toBe(host)
})

test.each([
  'unix:///var/run/docker.sock',
  'tcp://localhost:2375',
  'tcp://127.0.0.1:2375',
  'tcp://[::1]:2375',
])('that of %s is here, or what it publishes is looked for here', async (endpoint) => {
  expect(await hostOf(endpoint)).toBeUndefined()
})

/** An ssh that knows one setting. */
function sshSays(settings: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'knet-ssh-'))
  const before = process.env['PATH']
  const script = `#!/bin/sh\n[ "$*" = "-G -l ada -p 2222 -- box" ] && echo "${settings}"\n`
  writeFileSync(join(folder, 'ssh'), script)
  chmodSync(join(folder, 'ssh'), 0o755)
  process.env['PATH'] = `${folder}:${before}`
  onTestFinished(() => {
    process.env['PATH'] = before
    rmSync(folder, { recursive: true })
  })
}

test('a name that ssh knows better is what ssh takes it for', async () => {
  sshSays('user ada\nhostname box.example.com\nport 2222')
  expect(await hostOf('ssh://ada@box:2222')).toBe('box.example.com')
  sshSays('hostname 127.0.0.1')
  expect(await hostOf('ssh://ada@box:2222')).toBeUndefined()
  sshSays('unknown option')
  expect(await hostOf('ssh://ada@box:2222')).toBe('box')
})

test('the host is one of many settings that ssh prints', () => {
  expect(hostIn('host box\nuser ada\nhostname 192.0.2.7\ncanonicalizehostname false\n')).toBe('192.0.2.7')
  expect(hostIn('')).toBeUndefined()
})
