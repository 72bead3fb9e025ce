import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import { asksForDocker, NO_DOCKER_FILE, SAY_NO_DOCKER } from '../../../src/k3s/no-docker.ts'
import { hostSpawn } from '../../../src/machine/host.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'

function begun(socketPath: string) {
  const perl = hostSpawn(['perl', '-', socketPath])
  onTestFinished(() => perl.kill())
  perl.stdin.end(NO_DOCKER_FILE.content)
  return perl
}

async function asked(socketPath: string, method: string, path: string) {
  const question = request({ socketPath, method, path }).end()
  const [answer] = (await once(question, 'response')) as [NodeJS.ReadableStream & { headers: object }]
  return { headers: answer.headers, body: await text(answer) }
}

test('a kubelet that looks for a Docker hears where it would have its files, and that it stores none', async () => {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const socket = join(folder.path, 'docker.sock')
  const perl = begun(socket)
  await until(() => existsSync(socket), { what: 'the socket', deadlineMs: 10_000 })
  expect((await asked(socket, 'HEAD', '/_ping')).headers).toMatchObject({ 'api-version': '1.24' })
  expect(JSON.parse((await asked(socket, 'GET', '/v1.24/info')).body)).toEqual({
    DockerRootDir: '/var/lib/docker',
  })
  expect(JSON.parse((await asked(socket, 'GET', '/v1.24/version')).body)).toHaveProperty('ApiVersion', '1.24')
  // A second one finds it there, and leaves it alone.
  expect(await begun(socket).exited).toBe(0)
  expect(existsSync(socket)).toBe(true)
  // Nobody asks any more.
  await perl.exited
  expect(existsSync(socket)).toBe(false)
})

test('it is said only to kubelets that ask, in words that a shell can read', () => {
  expect(['v1.20.15+k3s1', 'v1.21.2+k3s1', 'v1.23.17+k3s1'].map(asksForDocker)).toEqual([true, true, true])
  expect(['v1.24.0+k3s1', 'v1.33.4+k3s1', 'v2.1.0'].map(asksForDocker)).toEqual([false, false, false])
  execFileSync('sh', ['-n'], { input: SAY_NO_DOCKER })
})
