import { expect, test } from 'vitest'
import { accessIn, kubeconfigFor, serverIn } from '../../../src/k3s/kubeconfig.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** As k3s writes it (pkg/server, writeKubeConfig). */
const K3S_YAML = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64('CA')}
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${base64('CERT')}
    client-key-data: ${base64('KEY')}
`

test('who and what a kubeconfig of k3s speaks for is read from it', () => {
  expect(accessIn(K3S_YAML)).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' })
  expect(serverIn(K3S_YAML)).toBe('https://127.0.0.1:6443')
})

test('elsewhere it names the server’s address, and is otherwise the same', () => {
  const there = kubeconfigFor(K3S_YAML, 'https://172.19.0.2:6443')
  expect(serverIn(there)).toBe('https://172.19.0.2:6443')
  expect(there.replace('172.19.0.2', '127.0.0.1')).toBe(K3S_YAML)
})

test('one that lacks something is no kubeconfig of k3s’', () => {
  expect(() => accessIn('apiVersion: v1\n')).toThrow('certificate-authority-data')
})
