import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openPty } from '../../src/machine/pty.ts'
import { CLI, eventually, finished, Stranger } from '../helpers/cli.ts'
import { fakeInternet, type FakeInternet } from '../helpers/fake-internet.ts'
import { serveImage } from '../helpers/registry.ts'
import { serveRanges } from '../helpers/web-server.ts'

/** None is pinned for it: the sums that its release publishes count. */
const VERSION = 'v1.30.99+k3s1'
const RELEASE = `github.com/k3s-io/k3s/releases/download/${encodeURIComponent(VERSION)}`
const K3S = Buffer.alloc(2_000_000, 'k3s')
const IMAGES = Buffer.alloc(500_000, 'images')
const MANIFEST = ['cni', 'node', 'kube-controllers'].map((name) => `image: docker.io/calico/${name}:v3.23.5`)

const ARCH = process.arch === 'x64' ? 'amd64' : process.arch
const [PROGRAM, ARCHIVE] = [ARCH === 'amd64' ? 'k3s' : `k3s-${ARCH}`, `k3s-airgap-images-${ARCH}.tar.zst`]
const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

type Answer = (address: string, request: IncomingMessage, response: ServerResponse) => void

/** The releases and images that labs need, as far as a test does not answer what matches a pattern itself. */
function internet(instead: Record<string, Answer> = {}): Promise<FakeInternet> {
  const pages: Record<string, Buffer> = {
    [`${RELEASE}/${PROGRAM}`]: K3S,
    [`${RELEASE}/${ARCHIVE}`]: IMAGES,
    [`${RELEASE}/sha256sum-${ARCH}.txt`]: Buffer.from(
      `${sum(K3S)}  ${PROGRAM}\n${sum(IMAGES)}  ${ARCHIVE}\n`,
    ),
    'docs.tigera.io/archive/v3.23/manifests/calico.yaml': Buffer.from(MANIFEST.join('\n')),
  }
  const hosts = ['github.com', 'docs.tigera.io', 'registry-1.docker.io']
  return fakeInternet(hosts, (address, request, response) => {
    const [, image = '', rest = ''] =
      /^registry-1\.docker\.io\/v2\/(.+?)\/((?:manifests|blobs)\/.+)$/.exec(address) ?? []
    const own = Object.entries(instead).find(([pattern]) => new RegExp(pattern).test(address))?.[1]
    const page = pages[address]
    if (own) own(address, request, response)
    else if (page) serveRanges(page, request, response)
    else if (image) serveImage(tagOf(rest), { [ARCH]: [Buffer.from(image)] })(rest, request, response)
    else response.writeHead(404).end('no such page')
  })
}

/** Every tag is there. */
const tagOf = (rest: string) => /^manifests\/(?!sha256:)(.+)$/.exec(rest)?.[1] ?? 'none'

function stranger(env: NodeJS.ProcessEnv = {}): Stranger {
  const nobody = {
    KNET_K3S_VERSION: VERSION,
    XDG_CACHE_HOME: '',
    no_proxy: '',
    NO_PROXY: '',
    https_proxy: '',
  }
  const made = new Stranger({ ...nobody, ...env })
  onTestFinished(() => made.leave())
  return made
}

const CREATE = ['bundle', 'create', '--without-image', '--labs', 'flannel']
const cacheOf = ({ home }: Stranger, path = '') => join(home, '.cache/knet-labs', path)
const errorOf = ({ stdout }: { stdout: string }) =>
  (JSON.parse(stdout) as { error: { code: string; message: string; hint: string } }).error

test('a bundle is made where there is a network, and is all that is needed where there is none', async () => {
  const { env, asked } = await internet()
  const teacher = stranger(env)
  const calicoctl = join(teacher.home, 'calicoctl')
  writeFileSync(calicoctl, 'calicoctl')
  const all = ['bundle', 'create', '--without-image', '--json']
  const made = await teacher.run(all, { env: { KNET_CALICOCTL: calicoctl } })
  expect(made, made.stderr).toMatchObject({ code: 0, stderr: '' })
  const { file, labs, files } = JSON.parse(made.stdout) as {
    file: string
    labs: string[]
    files: { role: string; path: string; name?: string; sha256: string }[]
  }
  expect(labs).toEqual(expect.arrayContaining(['flannel', 'calico', 'policy']))
  expect(files.map(({ role, name }) => (name ? `${role} ${name}` : role))).toEqual([
    'k3s',
    'k3s-images',
    'calico-manifest',
    'calico-images',
    'calico-images',
    'calico-images',
    'calicoctl',
    ...files.filter(({ name }) => name?.startsWith('docker.io/')).map(({ name }) => `image ${name}`),
  ])
  expect(files.find(({ role }) => role === 'k3s')?.sha256).toBe(sum(K3S))
  // Once each.
  expect(asked.filter((address) => address === `${RELEASE}/${PROGRAM}`)).toHaveLength(1)

  const learner = stranger({ HTTPS_PROXY: 'http://127.0.0.1:1', KNET_K3S_VERSION: '' })
  const loaded = await learner.run(['bundle', 'load', file])
  expect(loaded, loaded.stderr).toMatchObject({ code: 0 })
  expect(await learner.json(['bundle', 'show'])).toMatchObject({
    bundle: { k3sVersion: VERSION, arch: ARCH },
  })
  // What it needs now comes from the bundle.
  const again = await learner.run([...all, '--file', 'again.tar'])
  expect(again, again.stderr).toMatchObject({ code: 0 })
  expect((JSON.parse(again.stdout) as { files: object[] }).files).toEqual(files)
  expect((await learner.run(['bundle', 'remove'])).code).toBe(0)
  expect((await learner.run(['bundle', 'show'])).code).toBe(1)
})

test('a bundle of given images is made anew from the loaded one without a network, and says whom it believes', async () => {
  const learner = stranger({ HTTPS_PROXY: 'http://127.0.0.1:1', KNET_K3S_VERSION: '' })
  const [k3s, images] = [join(learner.home, 'k3s'), join(learner.home, 'images.tar')]
  writeFileSync(k3s, K3S)
  writeFileSync(images, IMAGES)
  const env = { KNET_K3S_BIN: k3s, KNET_K3S_IMAGES: images }
  const first = await learner.run([...CREATE, '--file', 'a.tar', '--json'], { env })
  expect(first.stderr).toContain('No image is downloaded for flannel: KNET_K3S_IMAGES is')
  expect((await learner.run(['bundle', 'load', 'a.tar'])).code).toBe(0)
  const second = await learner.run([...CREATE, '--file', 'b.tar', '--json'])
  expect(second.stderr).toContain('No image is downloaded for flannel: the archives of the loaded bundle are')
  const filesOf = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { files: unknown }).files
  expect(filesOf(second)).toEqual(filesOf(first))
  const more = await learner.run([...CREATE, '--labs', 'services', '--file', 'c.tar'])
  expect(more).toMatchObject({ code: 69, stderr: expect.stringContaining('registry-1.docker.io') as string })
})

test('without a network it says what to do, in words and for scripts', async () => {
  const learner = stranger({ HTTPS_PROXY: 'http://127.0.0.1:1' })
  const said = await learner.run(CREATE)
  expect(said.code).toBe(69)
  expect(said.stderr).toContain('the proxy 127.0.0.1:1: connect ECONNREFUSED')
  expect(said.stderr).toContain('knet-labs bundle load')
  expect(errorOf(await learner.run([...CREATE, '--json'])).code).toBe('KNET_DOWNLOAD')
})

test('a server that nobody here vouches for is told, with the way to trust it', async () => {
  const { env } = await internet()
  const { code, stderr } = await stranger({ HTTPS_PROXY: env['HTTPS_PROXY'], NODE_EXTRA_CA_CERTS: '' }).run(
    CREATE,
  )
  expect(code).toBe(69)
  expect(stderr).toContain('export NODE_EXTRA_CA_CERTS=')
})

test('a version that no release has is told as that', async () => {
  const { env } = await internet()
  const learner = stranger({ ...env, KNET_K3S_VERSION: 'v1.30.98' })
  expect((await learner.run(CREATE)).stderr).toContain('there is no such release (404)')
})

test('another k3s is taken when it is asked for, where there is a choice', async () => {
  const { env } = await internet()
  const learner = stranger({ ...env, KNET_K3S_VERSION: '' })
  const asked = await learner.run([...CREATE, '--k3s-version', VERSION.replace('+', '-'), '--json'])
  expect(asked, asked.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(asked.stdout)).toMatchObject({ k3sVersion: VERSION })
  const refused = async (...words: string[]) => {
    const result = await learner.run([...words, '--json'])
    expect(result.code, words.join(' ')).toBe(64)
    return errorOf(result).message
  }
  expect(await refused(...CREATE, '--k3s-version', 'latest')).toContain('"latest" is no version of k3s')
  expect(await refused('start', 'flannel', '--driver', 'sandbox', '--k3s-version', VERSION)).toContain(
    'is no k3s',
  )
  const given = { env: { KNET_K3S_BIN: '/bin/true' } }
  expect((await learner.run([...CREATE, '--k3s-version', VERSION], given)).stderr).toContain('KNET_K3S_BIN')
})

test('doctor says what of real clusters is here, and of what is to be downloaded how big it is', async () => {
  const { env, asked } = await internet()
  const learner = stranger({ ...env, DOCKER_HOST: 'unix:///nowhere' })
  const doctor = async () =>
    await learner.json<{
      findings: { name: string; ok: boolean; fix?: string }[]
      assets: { what: string; from: string; megabytes?: number }[]
    }>(['doctor', '--driver', 'docker'])
  const before = await doctor()
  expect(before.assets.map(({ from }) => from)).toEqual(Array(5).fill('download'))
  expect(before.assets.every(({ megabytes = 0 }) => megabytes > 0)).toBe(true)
  expect(before.findings.find(({ name }) => name === 'k3s')).toMatchObject({
    ok: false,
    fix: expect.stringContaining('knet-labs bundle load') as string,
  })
  expect(asked).toEqual([])
  expect((await learner.run(CREATE)).code).toBe(0)
  const after = await doctor()
  expect(after.assets.slice(0, 2)).toMatchObject([
    { what: `k3s ${VERSION}`, from: 'cache' },
    { what: `images of k3s ${VERSION}`, from: 'cache' },
  ])
  expect((await learner.run(['doctor', '--driver', 'docker'])).stdout).toContain(
    `✓ k3s                k3s ${VERSION} (in the cache)`,
  )
  const wrong = await learner.run(['doctor', '--driver', 'docker'], { env: { KNET_K3S_BIN: '/nowhere' } })
  expect(wrong.stdout).toContain('✗ k3s                KNET_K3S_BIN names /nowhere')
})

test('a release that is not the pinned one is refused with both sums', async () => {
  const { env } = await internet({ '/k3s-io/': (_, __, response) => response.end('another k3s') })
  const learner = stranger({ ...env, KNET_K3S_VERSION: '' })
  const result = await learner.run([...CREATE, '--json'])
  expect(result.code).toBe(69)
  const { code, message } = errorOf(result)
  expect(code).toBe('KNET_CHECKSUM')
  expect(message).toContain(sum(Buffer.from('another k3s')))
  expect(message.match(/[0-9a-f]{64}/g)).toHaveLength(2)
  expect(existsSync(join(learner.home, 'knet-bundle.tar'))).toBe(false)
})

test('a manifest that is not Calico’s of this version is refused', async () => {
  const { env } = await internet({
    'calico.yaml': (_, __, response) => response.end('image: calico/node:v3.24'),
  })
  const { stdout } = await stranger(env).run([
    'bundle',
    'create',
    '--without-image',
    '--json',
    '--labs',
    'calico',
  ])
  expect(errorOf({ stdout }).message).toContain('docker.io/calico/cni:v3.23.5 is not in it')
})

test('a download that is killed is gone on with, and never taken for whole', async () => {
  let stalls = true
  const { env, asked } = await internet({
    [`/${PROGRAM}$`]: (_, request, response) => {
      if (!stalls) serveRanges(K3S, request, response)
      else response.writeHead(200, { 'content-length': K3S.length }).write(K3S.subarray(0, 1_000_000))
    },
  })
  const learner = stranger(env)
  const child = learner.spawn(CREATE)
  const folder = cacheOf(learner, `k3s/${VERSION}`)
  const parts = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.part')) : [])
  const size = async () => parts().reduce((all, name) => all + readFileSync(join(folder, name)).length, 0)
  await eventually('a megabyte', size, (bytes) => bytes === 1_000_000)
  const ended = finished(child)
  child.kill('SIGKILL')
  await ended
  expect(readdirSync(folder).filter((name) => !name.endsWith('.part'))).toEqual([])
  stalls = false
  const again = await learner.run(CREATE)
  expect(again, again.stderr).toMatchObject({ code: 0 })
  expect(asked.filter((address) => /\/k3s(?:-arm64)?(?: |$)/.test(address))).toEqual([
    `${RELEASE}/${PROGRAM}`,
    `${RELEASE}/${PROGRAM} bytes=1000000-`,
  ])
  expect(parts()).toEqual([])
})

test('Ctrl-C during a download ends it at once', async () => {
  const { env } = await internet({
    [`/${PROGRAM}$`]: (_, __, response) => void response.writeHead(200, { 'content-length': 9e6 }).write('k'),
  })
  const learner = stranger(env)
  const child = learner.spawn(CREATE)
  const ended = finished(child)
  await eventually(
    'a part',
    async () => existsSync(cacheOf(learner, `k3s/${VERSION}`)),
    (there) => there,
  )
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
})

test('two at once both make their bundle', async () => {
  const { env } = await internet()
  const learner = stranger(env)
  const both = await Promise.all([1, 2].map((n) => learner.run([...CREATE, '--file', `${n}.tar`])))
  expect(both.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0])
  const [one, two] = [1, 2].map((n) => readFileSync(join(learner.home, `${n}.tar`)))
  expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true)
})

test('on a terminal progress is one line that changes; elsewhere lines', async () => {
  const { env } = await internet()
  const learner = stranger(env)
  const argv = [process.execPath, CLI, ...CREATE, '--file', join(learner.home, 'a.tar')]
  const inherited = Object.entries({ ...learner.env, ...env, TERM: 'xterm' })
  const terminal = await openPty(
    {
      argv,
      env: Object.fromEntries(
        inherited.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      ),
    },
    { columns: 60, rows: 20 },
  )
  let said = ''
  terminal.onData((bytes) => (said += Buffer.from(bytes).toString()))
  expect(await new Promise<number>((resolve) => terminal.onExit(resolve)), said).toBe(0)
  expect(said).toMatch(/k3s v1\.30\.99\+k3s1: 2\.0 of 2\.0 MB \(100 %\)\r/)
  expect(said.split('\n').length).toBeLessThan(6)
  const piped = await learner.run([...CREATE, '--file', 'b.tar'])
  expect(piped.stderr).not.toContain('\r')
  expect(piped.stderr).toContain('b.tar: ')
})

test('a disk that is full is told, with the way to another', async ({ skip }) => {
  skip(process.getuid?.() !== 0, 'a small disk needs root')
  const { env } = await internet()
  const learner = stranger(env)
  const small = join(learner.home, 'small')
  mkdirSync(small)
  const script = `mount -t tmpfs -o size=1m small ${small} && exec "$@"`
  const onSmallDisk = async (cache: string, ...words: string[]) => {
    const mounted = new Stranger({ ...learner.env, XDG_CACHE_HOME: cache }, [
      'unshare',
      '-m',
      'sh',
      '-c',
      script,
      'sh',
    ])
    onTestFinished(() => mounted.leave())
    const result = await mounted.run([...CREATE, '--json', ...words])
    expect(result.code).toBe(69)
    return errorOf(result)
  }
  expect(await onSmallDisk(small)).toMatchObject({
    code: 'KNET_DISK',
    hint: expect.stringContaining('XDG_CACHE_HOME') as string,
  })
  expect(await onSmallDisk('', '--file', join(small, 'b.tar'))).toMatchObject({
    code: 'KNET_DISK',
    hint: expect.stringContaining('bundle create --file') as string,
  })
})

test('a bundle of another architecture, and a lab that is not there, are refused', async () => {
  const { env } = await internet()
  const learner = stranger(env)
  expect((await learner.run([...CREATE, '--file', 'b.tar'])).code).toBe(0)
  const bundle = join(learner.home, 'b.tar')
  // The same length: only the list changes.
  const other = ARCH === 'amd64' ? 'arm64' : 'amd64'
  const bytes = readFileSync(bundle).toString('latin1').replace(`"arch": "${ARCH}"`, `"arch": "${other}"`)
  writeFileSync(bundle, bytes, 'latin1')
  const refused = await learner.run(['bundle', 'load', bundle, '--json'])
  expect(refused.code).toBe(69)
  expect(errorOf(refused).message).toContain(`is for machines of ${other}, and those here are ${ARCH}`)
  expect(existsSync(cacheOf(learner, 'bundle'))).toBe(false)
  expect(await learner.run(['bundle', 'create', '--without-image', '--labs', 'flanel'])).toMatchObject({
    code: 64,
  })
  expect(await learner.run(['bundle', 'create', '--without-image', '--labs', ''])).toMatchObject({ code: 64 })
})
