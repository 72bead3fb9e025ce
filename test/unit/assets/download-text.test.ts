import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { downloadText } from '../../../src/assets/download-text.ts'
import { temporaryFolder } from '../../helpers/lab-folder.ts'
import { webServer } from '../../helpers/web-server.ts'

const MANIFEST = 'image: calico/node:v3.23.5\n'

async function site() {
  const folder = temporaryFolder()
  onTestFinished(() => folder.remove())
  const { url } = await webServer((request, response) => {
    if (request.url === '/moved') response.writeHead(404).end('gone')
    else response.end(request.url === '/later' ? 'image: calico/node:v3.24.0' : MANIFEST)
  })
  return { url, folder: folder.path, file: join(folder.path, 'calico/calico.yaml') }
}

const source = (url: string, mirrors: readonly string[] = []) => ({
  what: 'Calico’s manifest',
  url,
  mirrors,
  contains: ['calico/node:v3.23.5'],
  given: 'KNET_CALICO_MANIFEST',
})

test('a text is taken from where it still is, and only when it is the right one', async () => {
  const { url, file } = await site()
  await downloadText(source(`${url}/moved`, [`${url}/later`, `${url}/here`]), file, { env: {} })
  expect(readFileSync(file, 'utf8')).toBe(MANIFEST)
  expect(readdirSync(join(file, '..'))).toEqual(['calico.yaml'])
})

test('where it is nowhere, the first address is told, and how to give it', async () => {
  const { url, folder, file } = await site()
  await expect(
    downloadText(source(`${url}/later`, [`${url}/moved`]), file, { env: {} }),
  ).rejects.toMatchObject({
    code: 'KNET_DOWNLOAD',
    message: expect.stringContaining(
      `${url}/later: it is another one: calico/node:v3.23.5 is not in it`,
    ) as string,
    hint: expect.stringContaining('export KNET_CALICO_MANIFEST=<file>') as string,
  })
  expect(readdirSync(folder)).toEqual([])
})
