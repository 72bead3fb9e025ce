import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runInHolder } from '../../helpers/holder.ts'

let seen: Record<string, Record<string, unknown>>

beforeAll(async () => {
  const { stdout, stderr } = await runInHolder(join(import.meta.dirname, 'executables-program.ts'), 'a user')
  expect(stderr).toBe('')
  seen = JSON.parse(stdout) as typeof seen
})

test('an executable after a built-in plugin gets its configuration, the result so far and what it is capable of', () => {
  expect(seen['added']).toMatchObject({
    ip: '10.42.1.2',
    stdin: {
      name: 'cbr0',
      cniVersion: '1.0.0',
      type: 'recorder',
      mine: 'kept',
      runtimeConfig: { portMappings: [{ hostPort: 80, containerPort: 8080, protocol: 'tcp', hostIP: '' }] },
      prevResult: {
        cniVersion: '1.0.0',
        ips: [{ address: '10.42.1.2/24', gateway: '10.42.1.1', interface: 2 }],
      },
    },
  })
})

test('an executable is called with the environment that containerd gives', () => {
  expect(seen['added']?.['environment']).toBe(
    [
      'CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=ID',
      'CNI_COMMAND=ADD',
      'CNI_CONTAINERID=ID',
      'CNI_IFNAME=eth0',
      'CNI_NETNS=/var/run/netns/NETNS',
      'CNI_PATH=/opt/cni/bin',
      '',
    ].join('\n'),
  )
})

test('DEL is run on removal, and the address is given back', () => {
  expect(seen['deleted']).toBe(
    'CNI_COMMAND=DEL\n/run/netns:\n\n/var/lib/cni/networks/cbr0:\nlast_reserved_ip.0\nlock\n',
  )
})

test('VERSION tells what an executable supports', () => {
  expect(seen['versions']).toEqual(['0.4.0', '1.0.0'])
})

test('a plugin that fails, or is not there, is reported in the words of libcni, and leaves nothing behind', () => {
  expect(seen['refused']).toBe('plugin type="recorder" failed (add): try again; the pool is empty')
  expect(seen['missing']).toBe(
    'plugin type="recorder" failed (add): failed to find plugin "recorder" in path [/opt/cni/bin]',
  )
  expect(seen['left']).toBe('/run/netns:\n\n/var/lib/cni/networks/cbr0:\nlast_reserved_ip.0\nlock\n1\n')
})
