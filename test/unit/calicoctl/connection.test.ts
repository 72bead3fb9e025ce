import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findAccess } from '../../../src/calicoctl/connection.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** What a kubeconfig with such a user gives. */
function accessOf(user: object, cluster: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'knet-kubeconfig-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const config = {
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
    clusters: [{ name: 'lab', cluster: { server: 'https://far:6443', ...cluster } }],
    users: [{ name: 'me', user }],
  }
  writeFileSync(join(folder, 'config'), JSON.stringify(config))
  writeFileSync(join(folder, 'me.crt'), 'CERT')
  writeFileSync(join(folder, 'me.key'), 'KEY')
  return findAccess(undefined, { KUBECONFIG: join(folder, 'config') })
}

test('a kubeconfig’s user has a token, or a certificate as k3s’ and kubeadm’s have, in it or beside it', () => {
  const ca = { 'certificate-authority-data': base64('CA') }
  expect(accessOf({ token: 'T' }, ca)).toEqual({ server: 'https://far:6443', ca: 'CA', token: 'T' })
  const within = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') }
  expect(accessOf(within)).toEqual({ server: 'https://far:6443', ca: '', cert: 'CERT', key: 'KEY' })
  const beside = { 'client-certificate': 'me.crt', 'client-key': 'me.key' }
  expect(accessOf(beside)).toMatchObject({ cert: 'CERT', key: 'KEY' })
})
