import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { download, type FetchOptions, type Source } from '../../../src/assets/download.ts'
import { until } from '../../../src/base/until.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'
import { serveRanges, webServer, type WebServer } from '../../helpers/web-server.ts'

const CONTENT = Buffer.alloc(300_000, 'knet')
const SHA256 = createHash('sha256').update(CONTENT).digest('hex')
const OPTIONS: FetchOptions = { env: {} }

function target(): { folder: string; file: string } {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  return { folder: folder.path, file: join(folder.path, 'k3s') }
}

const source = ({ url }: Pick<WebServer, 'url'>, more: Partial<Source> = {}): Source => ({
  what: 'k3s',
  url: `${url}/k3s`,
  sha256: SHA256,
  ...more,
})

const whole = () => webServer((request, response) => serveRanges(CONTENT, request, response))

test('a file is brought once, whole, and a program can be run', async () => {
  const server = await whole()
  const { folder, file } = target()
  await download(source(server, { executable: true }), file, OPTIONS)
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
  expect(statSync(file).mode & 0o777).toBe(0o755)
  expect(readdirSync(folder)).toEqual(['k3s'])
  expect(server.asked).toHaveLength(1)
})

test('progress says how much of how much', async () => {
  const seen: { bytes: number; total?: number | undefined }[] = []
  await download(source(await whole()), target().file, { ...OPTIONS, onProgress: (one) => seen.push(one) })
  expect(seen[0]).toMatchObject({ bytes: 0, total: CONTENT.length })
  expect(seen.at(-1)).toMatchObject({ what: 'k3s', bytes: CONTENT.length, total: CONTENT.length })
})

test('a body that breaks off is gone on with, where it broke off', async () => {
  const { folder, file } = target()
  const kept = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  const server = await webServer((request, response) => {
    if (request.headers.range) return serveRanges(CONTENT, request, response)
    response.writeHead(200, { 'content-length': CONTENT.length })
    response.write(CONTENT.subarray(0, 100_000))
    // Sooner, it would take back what has not been read yet.
    void until(() => kept() === 100_000, { what: 'the first part', deadlineMs: 5000 }).finally(() =>
      response.destroy(),
    )
  })
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
  expect(server.asked.map(({ range }) => range)).toEqual([undefined, 'bytes=100000-'])
})

test('what an ended process has left is gone on with', async () => {
  const server = await whole()
  const { folder, file } = target()
  writeFileSync(`${file}.4194305-abcdef.part`, CONTENT.subarray(0, 123_456))
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
  expect(server.asked.map(({ range }) => range)).toEqual(['bytes=123456-'])
  expect(readdirSync(folder)).toEqual(['k3s'])
})

test('what was left whole needs no more than its sum', async () => {
  const server = await whole()
  const { file } = target()
  writeFileSync(`${file}.part`, CONTENT)
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
})

test('what was left of another file is begun anew', async () => {
  const server = await whole()
  const { file } = target()
  writeFileSync(`${file}.part`, Buffer.alloc(100_000, 'other'))
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
  expect(server.asked.map(({ range }) => range)).toEqual(['bytes=100000-', undefined])
})

test('what was left is longer than the file: begun anew', async () => {
  const server = await whole()
  const { file } = target()
  writeFileSync(`${file}.part`, Buffer.alloc(CONTENT.length + 1))
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
})

test('a server that knows no ranges sends all again', async () => {
  const server = await webServer((_, response) => response.end(CONTENT))
  const { file } = target()
  writeFileSync(`${file}.part`, CONTENT.subarray(0, 5))
  await download(source(server), file, OPTIONS)
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
})

test('a part that another process is writing is left alone', async () => {
  const server = await whole()
  const { folder, file } = target()
  const others = `${file}.1-abcdef.part`
  writeFileSync(others, 'theirs')
  await download(source(server), file, OPTIONS)
  expect(readFileSync(others, 'utf8')).toBe('theirs')
  expect(readdirSync(folder)).toHaveLength(2)
})

test('two at once both end with the whole file', async () => {
  const server = await whole()
  const { folder, file } = target()
  await Promise.all([download(source(server), file, OPTIONS), download(source(server), file, OPTIONS)])
  expect(readFileSync(file).equals(CONTENT)).toBe(true)
  expect(readdirSync(folder)).toEqual(['k3s'])
})

test('a wrong checksum is told with both sums, and leaves nothing', async () => {
  const server = await webServer((_, response) => response.end('another'))
  const { folder, file } = target()
  const got = createHash('sha256').update('another').digest('hex')
  await expect(download(source(server), file, OPTIONS)).rejects.toMatchObject({
    code: 'KNET_CHECKSUM',
    message: expect.stringMatching(new RegExp(`${got}.*${SHA256}`)) as string,
  })
  expect(readdirSync(folder)).toEqual([])
})

test('a file that is not there is not asked for again', async () => {
  const server = await webServer((_, response) => response.writeHead(404).end('no'))
  const { folder, file } = target()
  await expect(download(source(server), file, OPTIONS)).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
    message: expect.stringContaining('404') as string,
    exitCode: 69,
  })
  expect(server.asked).toHaveLength(1)
  expect(readdirSync(folder)).toEqual([])
})

test('a server in trouble is asked again, and keeps what is here', async () => {
  let troubles = 1
  const server = await webServer((request, response) => {
    if (troubles-- > 0) response.writeHead(503).end()
    else serveRanges(CONTENT, request, response)
  })
  const { file } = target()
  writeFileSync(`${file}.part`, CONTENT.subarray(0, 10))
  await download(source(server), file, OPTIONS)
  expect(server.asked.map(({ range }) => range)).toEqual(['bytes=10-', 'bytes=10-'])
})

test('without a network it says what to do, and leaves nothing', async () => {
  const { folder, file } = target()
  const nowhere = source({ url: 'http://127.0.0.1:1' })
  await expect(download(nowhere, file, OPTIONS)).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
    hint: expect.stringContaining('knet-labs bundle load') as string,
  })
  expect(readdirSync(folder)).toEqual([])
})

test('silence ends a download; what came is kept for the next', async () => {
  const server = await webServer((request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
    if (from > 0) return
    response.writeHead(200, { 'content-length': CONTENT.length }).write(CONTENT.subarray(0, 1000))
  })
  const { file } = target()
  await expect(download(source(server), file, { ...OPTIONS, silenceMs: 50 })).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
    message: expect.stringContaining('said nothing') as string,
    hint: expect.stringContaining('the same command goes on with it') as string,
  })
  expect(readFileSync(`${file}.part`).length).toBe(1000)
})

test('Ctrl-C ends a download at once, and what came is kept', async () => {
  const abort = new AbortController()
  const server = await webServer((_, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length }).write(CONTENT.subarray(0, 1000))
  })
  const { file } = target()
  const reason = new Error('interrupted')
  const under = download(source(server), file, {
    ...OPTIONS,
    signal: abort.signal,
    onProgress: ({ bytes }) => bytes === 1000 && abort.abort(reason),
  })
  await expect(under).rejects.toBe(reason)
  expect(existsSync(`${file}.part`)).toBe(true)
})

test('a file that is larger than the room on the disk is not begun', async () => {
  const server = await webServer((_, response) =>
    response.writeHead(200, { 'content-length': 2 ** 60 }).write('x'),
  )
  const { folder, file } = target()
  await expect(download(source(server), file, OPTIONS)).rejects.toMatchObject({
    code: 'KNET_DISK',
    hint: expect.stringContaining('XDG_CACHE_HOME') as string,
  })
  expect(readdirSync(folder)).toEqual([])
})

test('the folder is made', async () => {
  const { folder } = target()
  mkdirSync(join(folder, 'a'))
  const file = join(folder, 'a/b/c/k3s')
  await download(source(await whole()), file, OPTIONS)
  expect(existsSync(file)).toBe(true)
})
