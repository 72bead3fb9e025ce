import { expect, test } from 'vitest'
import type { Node, Pod, Service } from '../../../src/kube/objects.ts'
import { NODES, PODS, SERVICES } from '../../../src/kube/resources.ts'
import { fillDeep, fillText } from '../../../src/session/values.ts'
import { World } from '../../../src/session/world.ts'
import { labPorts } from '../../helpers/lab-ports.ts'
import { apiClient } from '../../helpers/api-client.ts'

async function cluster() {
  const kube = apiClient()
  const pod = async (name: string, nodeName: string, podIP: string) => {
    const made = await kube.create(PODS, {
      metadata: { namespace: 'default', name, labels: { app: 'hello' } },
      spec: { nodeName, containers: [{ name: 'hello', image: 'hello' }] },
    } as unknown as Pod)
    await kube.update(PODS, { ...made, status: { ...made.status, podIP } }, 'status')
  }
  await pod('hello-b', 'node2', '10.42.2.2')
  await pod('hello-c', 'node0', '10.42.0.9')
  await pod('hello-a', 'node1', '10.42.1.3')
  const annotations = { 'flannel.alpha.coreos.com/backend-data': '{"VNI":1,"VtepMAC":"92:5c:53:2d:a5:42"}' }
  const node = await kube.create(NODES, {
    metadata: { name: 'node1', annotations },
    spec: { podCIDR: '10.42.1.0/24', podCIDRs: ['10.42.1.0/24'] },
  } as unknown as Node)
  const addresses = [{ type: 'InternalIP', address: '172.19.0.3' }]
  await kube.update(NODES, { ...node, status: { ...node.status, addresses } }, 'status')
  await kube.create(SERVICES, {
    metadata: { namespace: 'default', name: 'hello-kubernetes' },
    spec: { clusterIP: '10.43.94.217', ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
  } as unknown as Service)
  return new World(labPorts([], kube))
}

const text = async (source: string) => (await fillText(await cluster(), source)).text

test('pods are in the order of their nodes, so that the first and the last are apart', async () => {
  expect(await text('{{ pod.hello[*].name }}')).toBe('hello-c, hello-a, hello-b')
  expect(await text('{{ pod.hello[0].ip }} {{ pod.hello[-1].ip }} {{ pod.hello[node1].ip }}')).toBe(
    '10.42.0.9 10.42.2.2 10.42.1.3',
  )
})

test('a pod can be named by itself', async () => {
  expect(await text('{{ pod.hello-a[0].node }}')).toBe('node1')
})

test('a node has its addresses and what flannel tells of it', async () => {
  expect(
    await text(
      '{{ node.node1.address }} {{ node.node1.podCIDR }} {{ node.node1.network }} {{ node.node1.gateway }} {{ node.node1.vtepMac }}',
    ),
  ).toBe('172.19.0.3 10.42.1.0/24 10.42.1.0 10.42.1.1 92:5c:53:2d:a5:42')
})

test("a service's chain has the name that kube-proxy gives it, as recorded from a real one", async () => {
  expect(await text('{{ service.hello-kubernetes.chain }}')).toBe('KUBE-SVC-XM7DIBVJQPJ3TSDT')
})

test('what is not there is named, wherever in a check it was asked for', async () => {
  const check = { on: '{{ pod.gone[0].node }}', fields: { 'ip.src': '{{ pod.hello[0].ip }}' }, atLeast: 1 }
  expect(await fillDeep(await cluster(), check)).toEqual({
    value: { on: '‹pod.gone[0].node: not there yet›', fields: { 'ip.src': '10.42.0.9' }, atLeast: 1 },
    missing: ['pod.gone[0].node'],
  })
})
