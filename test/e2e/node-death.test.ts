import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
beforeAll(async () => {
  expect(await stranger.run(['start', 'flannel'])).toMatchObject({ code: 0 })
  await stranger.run(['kubectl', 'apply', '-f', 'hello-kubernetes.yaml'])
  const rollout = ['rollout', 'status', 'deployment/hello-kubernetes', '--timeout=30s']
  expect(await stranger.kubectl(rollout)).toMatchObject({ code: 0 })
})
afterAll(() => stranger.leave())

const readyOf = async (node: string) => {
  const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
  return (await stranger.kubectl(['get', 'node', node, '-o', path])).stdout
}

/** Nodes of the pods that are ready, one each. */
const nodesOfReadyPods = async () => {
  const path =
    'jsonpath={range .items[?(@.status.containerStatuses[0].ready==true)]}{.spec.nodeName} {.metadata.deletionTimestamp}{"\\n"}{end}'
  const { stdout } = await stranger.kubectl(['get', 'pods', '-l', 'app=hello-kubernetes', '-o', path])
  return stdout.split('\n').flatMap((line) => (/^\S+ $/.test(line) ? [line.trim()] : []))
}

test('a node whose processes die goes NotReady, and its pods are replaced on others', async () => {
  await stranger.run(['exec', 'node2', '--', 'sh', '-c', 'kill -9 -1'])
  const ready = await eventually(
    'node2 to be NotReady',
    () => readyOf('node2'),
    (said) => said !== 'True',
  )
  expect(['Unknown', 'False']).toContain(ready)
  const { stdout } = await stranger.kubectl(['get', 'node', 'node2', '-o', 'jsonpath={.spec.taints[*].key}'])
  expect(stdout).toContain('node.kubernetes.io/')
  await eventually(
    'three ready pods on the other nodes',
    nodesOfReadyPods,
    (nodes) => nodes.length === 3 && !nodes.includes('node2'),
    60_000,
  )
})

test('the service leaves the dead node’s pods out', async () => {
  const address = '$(kubectl get service hello-kubernetes -o jsonpath={.spec.clusterIP})'
  const ask = `address=${address}; for i in 1 2 3 4 5 6 7 8 9 10; do curl -sS -m 2 $address; echo; done`
  expect((await stranger.on('node0', ask)).match(/hello-kubernetes-/g)).toHaveLength(10)
})

test('reset brings the node back, Ready and empty', async () => {
  expect(await stranger.run(['reset'])).toMatchObject({ code: 0 })
  await eventually(
    'node2 to be Ready',
    () => readyOf('node2'),
    (said) => said === 'True',
  )
  expect(await stranger.on('node2', 'hostname')).toBe('node2')
})
