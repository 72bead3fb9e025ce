import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { findEndpoint } from '../../../../src/drivers/docker/endpoint.ts'

const HOME = '/home/ada'

function found(env: NodeJS.ProcessEnv, files: Record<string, string> = {}) {
  return findEndpoint({ env, home: HOME, exists: (path) => path in files, read: (path) => files[path] })
}

const idOf = (name: string) => createHash('sha256').update(name).digest('hex')
const metaOf = (name: string) => `${HOME}/.docker/contexts/meta/${idOf(name)}/meta.json`
const CONTEXT = JSON.stringify({ Name: 'far', Endpoints: { docker: { Host: 'ssh://ada@far' } } })
const CONFIG = { [`${HOME}/.docker/config.json`]: '{"currentContext":"far"}', [metaOf('far')]: CONTEXT }

test('DOCKER_HOST comes before any context, with keys where TLS is asked for', () => {
  expect(found({ DOCKER_HOST: 'tcp://far:2376' }, CONFIG)).toEqual({
    host: 'tcp://far:2376',
    from: 'DOCKER_HOST',
  })
  const tls = { DOCKER_HOST: 'tcp://far:2376', DOCKER_TLS_VERIFY: '1' }
  expect(found(tls).tls).toBe(`${HOME}/.docker`)
  expect(found({ ...tls, DOCKER_CERT_PATH: '/keys' }).tls).toBe('/keys')
})

test('a context is found by its name, DOCKER_CONTEXT before the current one', () => {
  expect(found({}, CONFIG)).toEqual({ host: 'ssh://ada@far', from: 'the context far' })
  const near = { [metaOf('near')]: '{"Endpoints":{"docker":{"Host":"tcp://near:1"}}}' }
  const keys = { [`${HOME}/.docker/contexts/tls/${idOf('near')}/docker`]: '' }
  expect(found({ DOCKER_CONTEXT: 'near' }, { ...CONFIG, ...near, ...keys })).toEqual({
    host: 'tcp://near:1',
    tls: `${HOME}/.docker/contexts/tls/${idOf('near')}/docker`,
    from: 'the context near',
  })
  expect(() => found({ DOCKER_CONTEXT: 'nowhere' }, CONFIG)).toThrow('"nowhere" is not there')
  expect(found({ DOCKER_CONTEXT: 'default' }, CONFIG).host).toBe('unix:///var/run/docker.sock')
})

test('without either, the first socket there is: of the system, rootless Docker, Docker Desktop, podman', () => {
  const env = { XDG_RUNTIME_DIR: '/run/user/7' }
  const at = (...sockets: string[]) => found(env, Object.fromEntries(sockets.map((path) => [path, '']))).host
  const podman = '/run/user/7/podman/podman.sock'
  const desktop = `${HOME}/.docker/run/docker.sock`
  const rootless = '/run/user/7/docker.sock'
  const system = '/var/run/docker.sock'
  expect(at('/run/podman/podman.sock')).toBe('unix:///run/podman/podman.sock')
  expect(at(podman, '/run/podman/podman.sock')).toBe(`unix://${podman}`)
  expect(at(podman, desktop)).toBe(`unix://${desktop}`)
  expect(at(desktop, rootless)).toBe(`unix://${rootless}`)
  expect(at(rootless, system)).toBe(`unix://${system}`)
  expect(at()).toBe(`unix://${system}`)
})

test('a configuration that can’t be read is none', () => {
  expect(found({}, { [`${HOME}/.docker/config.json`]: '{' }).host).toBe('unix:///var/run/docker.sock')
})
