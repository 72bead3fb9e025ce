import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { goldenCluster } from '../../helpers/calico-cluster.ts'

const FOLDER = resolve(import.meta.dirname, '../../golden/calicoctl/session')

interface Exchange {
  readonly argv: readonly string[]
  readonly typed: string
  /** What was said on stdout, then on stderr, and the exit code. */
  readonly said: string
}

/** What a real calicoctl v3.23.5 said to our API server, one command after another. */
function recorded(): Exchange[] {
  const text = readFileSync(resolve(FOLDER, 'session.txt'), 'utf8')
  return text.split(/^\$ calicoctl /m).flatMap((part) => {
    const [typed = '', ...lines] = part.split('\n')
    return typed === '' ? [] : [{ typed, argv: typed.split(' ').map(inFolder), said: lines.join('\n') }]
  })
}

const inFolder = (word: string) =>
  word.endsWith('.yaml') && existsSync(resolve(FOLDER, word)) ? resolve(FOLDER, word) : word

/** Without what is another each time. */
const timeless = (text: string) =>
  text
    .replaceAll(/("?resourceVersion"?: )"[\d/]+"/g, '$1…')
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '…')
    .replaceAll(/("?creationTimestamp"?: )"[^"]+"/g, '$1…')

test('a session with the real one goes the same way with ours: what is made, changed, shown, refused and deleted', async () => {
  const cluster = await goldenCluster()
  for (const { typed, argv, said } of recorded()) {
    const { code, stdout, stderr } = await cluster.calicoctl(...argv)
    const seen = `$ ${typed}\n${stdout}${stderr}[exit ${code}]\n`
    expect(timeless(seen)).toBe(timeless(`$ ${typed}\n${said}`))
  }
})
