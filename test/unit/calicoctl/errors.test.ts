import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { basename, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { connect, connectionTrouble, findAccess } from '../../../src/calicoctl/connection.ts'
import { goldenCluster, say, type CalicoCluster } from '../../helpers/calico-cluster.ts'

const GOLDEN = resolve(import.meta.dirname, '../../golden/calicoctl/errors')

let cluster: CalicoCluster
beforeAll(async () => {
  cluster = await goldenCluster()
  // The pool that two of the files are to change.
  const pool = readFileSync(resolve(GOLDEN, 'ippool-small.yaml'), 'utf8').replace(
    /\n {2}resourceVersion: .*/,
    '',
  )
  expect(await cluster.calicoctlReading(pool, 'create', '-f', '-')).toMatchObject({ code: 0 })
})

/** Words as a shell takes them apart; no recording has quotes. */
function recorded(file: string): { argv: string[]; said: string; code: number } {
  const text = readFileSync(resolve(GOLDEN, file), 'utf8')
  const [, typed = '', said = '', code = ''] = /^\$ calicoctl ?(.*)\n([^]*)\[exit (\d)\]\n?$/.exec(text) ?? []
  const argv = typed.split(' ').filter(Boolean)
  return { argv: argv.map(inGolden), said, code: Number(code) }
}

const inGolden = (word: string) => (existsSync(resolve(GOLDEN, word)) ? resolve(GOLDEN, word) : word)

const recordings = readdirSync(GOLDEN).filter(
  (file) => file.endsWith('.txt') && !file.startsWith('unreachable'),
)

test.each(recordings)('%s is what the real one says of it, with its exit code', async (file) => {
  const { argv, said, code } = recorded(file)
  const seen = await cluster.calicoctl(...argv)
  if (code === 0 && argv[0] === 'apply')
    await cluster.calicoctl('delete', 'ippool', 'bad', '--skip-not-exists')
  // In the recordings both streams are one.
  expect(seen.stderr + seen.stdout).toBe(said)
  expect(seen.code).toBe(code)
})

test('recordings of files have their files', () => {
  const applied = recordings.filter(
    (file) => recorded(file).argv[0] === 'apply' && file !== 'missing-file.txt',
  )
  expect(applied.map((file) => basename(recorded(file).argv[2] ?? '')).toSorted()).toEqual(
    applied.map((file) => file.replace('.txt', '.yaml')).toSorted(),
  )
})

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('a cluster that does not answer is named as Go names it', async () => {
  const port = await closedPort()
  const access = { server: `https://127.0.0.1:${port}`, ca: '', token: 'T' }
  const { code, stderr } = await say(['get', 'nodes'], {
    connect: () => ({
      client: connect(access),
      trouble: (error, path) => connectionTrouble(error, access, path),
    }),
  })
  const [, text = ''] =
    /refuses the connection\)\n([^[]*)\[exit 1\]/.exec(
      readFileSync(resolve(GOLDEN, 'unreachable-datastore.txt'), 'utf8'),
    ) ?? []
  expect(stderr).toBe(text.replaceAll('172.30.0.10:6444', `127.0.0.1:${port}`))
  expect(code).toBe(1)
})

test('without any configuration it says so', async () => {
  const { code, stdout } = await say(['get', 'nodes'], {
    connect: () => {
      findAccess(undefined, {})
      throw new Error('found one')
    },
  })
  expect(stdout).toBe(
    'Failed to create Calico API client: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable\n',
  )
  expect(code).toBe(1)
})

test('a configuration that is not there is said of', () => {
  expect(() => findAccess('/nosuch', {})).toThrow('Error reading config file: /nosuch')
})

test('one that goes away in between is no crash', async () => {
  const access = { server: `https://127.0.0.1:${await closedPort()}`, ca: '', token: 'T' }
  const { code, stderr } = await say(['ipam', 'show', '--allow-version-mismatch'], {
    connect: () => ({ client: connect(access), trouble: () => undefined }),
  })
  expect(stderr).toContain('does not answer')
  expect(code).toBe(1)
})
