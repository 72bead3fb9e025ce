import { afterEach, expect, test } from 'vitest'
import { calicoIpam } from '../../../../src/dataplane/calico/calico-ipam.ts'
import {
  CLUSTER_INFORMATIONS,
  IP_POOLS,
  IPAM_BLOCKS,
  IPAM_HANDLES,
} from '../../../../src/dataplane/calico/resources.ts'
import type { Attachment } from '../../../../src/dataplane/cni/attachment.ts'
import { NAMESPACES, PODS } from '../../../../src/kube/resources.ts'
import { addNodes, controlPlane, eventually, type ControlPlane } from '../../../helpers/control-plane.ts'
import { MemoryStore, withCalico } from '../../../helpers/memory-store.ts'

let plane: ControlPlane
afterEach(() => plane.stop())

/** Pods, nodes and namespaces of a real API server; Calico's own objects beside it. */
async function start() {
  plane = controlPlane({ scheduler: false })
  const { client } = plane
  const store = new MemoryStore()
  await addNodes(client, 'node1')
  await store.create(CLUSTER_INFORMATIONS, {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'ClusterInformation',
    metadata: { name: 'default' },
    spec: { datastoreReady: true },
  })
  await store.create(IP_POOLS, ipPool('default-ipv4-ippool', '192.168.0.0/16'))
  await store.create(IP_POOLS, ipPool('extra', '10.66.0.0/29'))
  return { client, store, ipam: calicoIpam(withCalico(client, store), 'node1') }
}

function ipPool(name: string, cidr: string) {
  const blockSize = cidr.endsWith('/29') ? 30 : 26
  return {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: { name },
    spec: { cidr, blockSize, nodeSelector: name === 'extra' ? 'has(nothing)' : 'all()' },
  } as const
}

async function pod(name: string, annotations: Record<string, string> = {}) {
  const spec = { nodeName: 'node1', containers: [{ name: 'c', image: 'nginx' }] }
  await eventually(
    () =>
      plane.client
        .create(PODS, {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { namespace: 'default', name, annotations },
          spec,
        })
        .catch(() => undefined),
    Boolean,
  )
}

const attachment = (podName: string): Attachment => ({
  containerId: `id-of-${podName}`,
  netns: '',
  netnsName: '',
  ifName: 'eth0',
  podNamespace: 'default',
  podName,
  portMappings: [],
  dns: { servers: [], searches: [], options: [] },
})

const annotations = async (name: string) =>
  (await plane.client.get(PODS, { namespace: 'default', name }))?.metadata.annotations

test('a pod’s annotations tell of its address while it has it, as Calico’s plugin writes them', async () => {
  const { store, ipam } = await start()
  await pod('web')
  expect(await ipam.assign(attachment('web'))).toBe('192.168.166.128')
  expect(await annotations('web')).toEqual({
    'cni.projectcalico.org/containerID': 'id-of-web',
    'cni.projectcalico.org/podIP': '192.168.166.128/32',
    'cni.projectcalico.org/podIPs': '192.168.166.128/32',
  })
  expect((await store.list(IPAM_BLOCKS)).items[0]?.spec.attributes).toEqual([
    {
      handle_id: 'k8s-pod-network.id-of-web',
      secondary: {
        namespace: 'default',
        node: 'node1',
        pod: 'web',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC$/),
      },
    },
  ])
  await ipam.release(attachment('web'))
  expect(await annotations('web')).toMatchObject({ 'cni.projectcalico.org/podIP': '' })
  expect((await store.list(IPAM_HANDLES)).items).toEqual([])
})

test('pods ask for pools, or their namespace does for them; that of the pod comes first', async () => {
  const { client, ipam } = await start()
  await pod('asks', { 'cni.projectcalico.org/ipv4pools': '["extra"]' })
  expect(await ipam.assign(attachment('asks'))).toBe('10.66.0.0')
  const wanted = { metadata: { annotations: { 'cni.projectcalico.org/ipv4pools': '["10.66.0.0/29"]' } } }
  await client.patch(NAMESPACES, { name: 'default' }, wanted, { type: 'merge' })
  await pod('does-not')
  expect(await ipam.assign(attachment('does-not'))).toBe('10.66.0.1')
  await pod('asks-otherwise', { 'cni.projectcalico.org/ipv4pools': '["default-ipv4-ippool"]' })
  expect(await ipam.assign(attachment('asks-otherwise'))).toBe('192.168.166.128')
  await pod('asks-nonsense', { 'cni.projectcalico.org/ipv4pools': '"extra"' })
  await expect(ipam.assign(attachment('asks-nonsense'))).rejects.toThrow('failed to parse')
})

test('a batch of pods is served, one after the other', async () => {
  const { store, ipam } = await start()
  const names = Array.from({ length: 100 }, (_, i) => `pod-${i}`)
  const addresses = await Promise.all(names.map((name) => ipam.assign(attachment(name))))
  expect(new Set(addresses).size).toBe(100)
  expect((await store.list(IPAM_BLOCKS)).items.map(({ spec }) => spec.unallocated.length)).toEqual([0, 28])
})
