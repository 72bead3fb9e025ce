import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { LabError } from '../../../src/base/errors.ts'
import type { K3sAssets } from '../../../src/k3s/assets.ts'
import { calicoForK3s, obtainCalico, obtainCalicoctl } from '../../../src/k3s/calico.ts'
import { withCalico } from '../../../src/k3s/own-manifests.ts'

const OWN = resolve(import.meta.dirname, '../../../labs/calico/calico-k3s.yaml')

/** The parts of a published manifest that matter here, with their indentation. */
const PUBLISHED = `  cni_network_config: |-
    {
      "plugins": [
        {
          "ipam": {
              "type": "calico-ipam"
          },
          "policy": {
              "type": "k8s"
          }
        }
      ]
    }
            # no effect. This should fall within \`--cluster-cidr\`.
            # - name: CALICO_IPV4POOL_CIDR
            #   value: "192.168.0.0/16"
            # Disable file logging
`

test('Calico’s manifest is changed where k3s needs it, and nowhere else', () => {
  const { manifest, changed } = calicoForK3s(PUBLISHED, '10.1.0.0/16')
  expect(changed).toHaveLength(2)
  const added = manifest.split('\n').filter((line) => !PUBLISHED.split('\n').includes(line))
  expect(added).toEqual([
    '          "container_settings": {',
    '              "allow_ip_forwarding": true',
    '            - name: CALICO_IPV4POOL_CIDR',
    '              value: "10.1.0.0/16"',
  ])
  expect(() => JSON.parse(manifest.slice(manifest.indexOf('{'), manifest.lastIndexOf('}') + 1))).not.toThrow()
})

test('what a manifest has already is left', () => {
  const once = calicoForK3s(PUBLISHED, '192.168.0.0/16').manifest
  const twice = calicoForK3s(once, '192.168.0.0/16')
  expect(twice.manifest.match(/CALICO_IPV4POOL_CIDR/g)).toHaveLength(1)
  expect(twice.manifest.match(/container_settings/g)).toHaveLength(1)
})

test('where it can’t be had, the lab’s own is used, which is said', async () => {
  const said: string[] = []
  const refuse = async () => Promise.reject(new LabError('KNET_DOWNLOAD', { message: 'No network.' }))
  const assets: K3sAssets = { k3s: refuse, calico: refuse }
  const options = { onProgress: (line: string) => said.push(line), signal: new AbortController().signal }
  const got = await obtainCalico(assets, OWN, '192.168.0.0/16', options)
  expect(got.published).toBe(readFileSync(join(OWN), 'utf8'))
  expect(said.join()).toContain('No network.')
})

test('machines have calicoctl where it can be had; where not, that is said and they have none', async () => {
  const said: string[] = []
  const refuse = async () => Promise.reject(new LabError('KNET_DOWNLOAD', { message: 'No network.' }))
  const options = { onProgress: (line: string) => said.push(line), signal: new AbortController().signal }
  const assets: K3sAssets = { k3s: refuse, calico: refuse }
  expect(await obtainCalicoctl({ ...assets, calicoctl: async () => '/cache/ctl' }, options)).toEqual({
    source: '/cache/ctl',
    target: '/usr/local/bin/calicoctl',
    executable: true,
  })
  expect(await obtainCalicoctl({ ...assets, calicoctl: refuse }, options)).toBeUndefined()
  expect(said.join()).toContain('No network.')
})

test('machines have it in place of the lab’s, and as it was published beside it', () => {
  const calico = { manifest: 'changed', published: 'as it was', changed: [], images: [] }
  const files = [
    { path: 'root/calico-k3s.yaml', content: 'the lab’s' },
    { path: 'root/hello.yaml', content: 'hello' },
  ]
  expect(withCalico(files, calico)).toEqual([
    { path: 'root/hello.yaml', content: 'hello' },
    { path: 'root/calico-k3s.yaml', content: 'changed' },
    { path: 'root/calico.yaml', content: 'as it was' },
  ])
  expect(withCalico(files, undefined)).toBe(files)
})
