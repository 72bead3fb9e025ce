import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { startKubelet, type Kubelet } from '../../../../src/kube/kubelet/kubelet.ts'
import type { MachineFacts } from '../../../../src/kube/kubelet/machine-facts.ts'
import { createPodAccess } from '../../../../src/kube/kubelet/pod-access.ts'
import type { Pod } from '../../../../src/kube/objects.ts'
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  LEASES,
  NODES,
  PODS,
  SECRETS,
} from '../../../../src/kube/resources.ts'
import {
  controlPlane,
  deployment,
  eventually,
  podsOf,
  type ControlPlane,
} from '../../../helpers/control-plane.ts'
import { FakeRuntime, type FakeRuntimeOptions } from '../../../helpers/fake-runtime.ts'

const MACHINE: MachineFacts = {
  cpus: 2,
  memoryKiB: 24684084,
  storageKiB: 264212084,
  kernelVersion: '6.18.44',
  osImage: 'Debian GNU/Linux 12 (bookworm)',
  architecture: 'amd64',
  machineID: '12a6ee5b195345d287b5c10798824111',
  bootID: 'ce394856-265f-4463-bb58-f4bcda3ca627',
}

let plane: ControlPlane
const kubelets = new Map<string, Kubelet>()
afterEach(async () => {
  for (const kubelet of kubelets.values()) await kubelet.stop()
  kubelets.clear()
  plane.stop()
})

function boot(o: FakeRuntimeOptions & { problem?: string; name?: string; leaseIntervalMs?: number } = {}) {
  const runtime = new FakeRuntime(o)
  runtime.problem = o.problem
  const name = o.name ?? 'node0'
  const kubelet = startKubelet({
    client: plane.server.clientFor('kubelet'),
    node: { name, address: `172.19.0.${2 + Number(name.at(-1))}`, controlPlane: name === 'node0' },
    runtime,
    config: {
      clusterDNS: '10.43.0.10',
      clusterDomain: 'cluster.local',
      nodeResolvConf: 'nameserver 172.19.0.1\n',
      runtimeVersion: '0.1.0',
      machine: MACHINE,
      leaseIntervalMs: o.leaseIntervalMs ?? 10_000,
      tokenFor: (pod) => `token of ${pod.metadata.name}`,
    },
  })
  kubelets.set(name, kubelet)
  return { runtime, kubelet }
}

const KEY = { namespace: 'default', name: 'p' }
const get = () => plane.client.get(PODS, KEY)
const isReady = (pod: Pod | undefined) =>
  pod?.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false

async function createPod(spec: Partial<NonNullable<Pod['spec']>>, metadata: Partial<Pod['metadata']> = {}) {
  await eventually(
    () => plane.client.get(CONFIG_MAPS, { namespace: 'default', name: 'kube-root-ca.crt' }),
    Boolean,
  )
  return plane.client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...KEY, ...metadata },
    spec: { nodeName: 'node0', containers: [{ name: 'c', image: 'nginx:1' }], ...spec },
  })
}

const eventsOf = async (name: string) =>
  (await plane.client.list(EVENTS)).items
    .filter((event) => event.involvedObject.name === name)
    .map((event) => `${event.type} ${event.reason} ${event.message}`)

test('a node registers with the addresses, capacity, conditions and versions of a real one', async () => {
  plane = controlPlane()
  await boot().kubelet.started
  const node = await eventually(
    () => plane.client.get(NODES, { name: 'node0' }),
    (one) => Boolean(one?.spec?.podCIDR),
  )
  expect(node).toMatchObject({
    metadata: {
      labels: {
        'kubernetes.io/hostname': 'node0',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node-role.kubernetes.io/control-plane': 'true',
      },
    },
    spec: { podCIDR: '10.42.0.0/24', podCIDRs: ['10.42.0.0/24'] },
    status: {
      addresses: [
        { type: 'InternalIP', address: '172.19.0.2' },
        { type: 'Hostname', address: 'node0' },
      ],
      capacity: { cpu: '2', memory: '24684084Ki', pods: '110', 'ephemeral-storage': '264212084Ki' },
      nodeInfo: {
        kubeletVersion: 'v1.36.3+knet',
        containerRuntimeVersion: 'knet://0.1.0',
        operatingSystem: 'linux',
      },
    },
  })
  expect(node?.spec?.taints).toBeUndefined()
  expect(
    node?.status?.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
  ).toEqual([
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ])
  const lease = await plane.client.get(LEASES, { namespace: 'kube-node-lease', name: 'node0' })
  expect(lease?.spec).toMatchObject({ holderIdentity: 'node0', leaseDurationSeconds: 40 })
})

test('without a network plugin the node is not ready, and becomes so when the plugin comes', async () => {
  plane = controlPlane()
  const { runtime, kubelet } = boot({ problem: 'Network plugin returns error: cni plugin not initialized' })
  await kubelet.started
  const ready = async () =>
    (await plane.client.get(NODES, { name: 'node0' }))?.status?.conditions?.find(
      (one) => one.type === 'Ready',
    )
  expect(await ready()).toMatchObject({
    status: 'False',
    reason: 'KubeletNotReady',
    message:
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
  })
  await plane.client.create(DEPLOYMENTS, deployment('web', 1))
  await eventually(
    () => plane.client.get(NODES, { name: 'node0' }),
    (node) =>
      node?.spec?.taints?.[0]?.key === 'node.kubernetes.io/not-ready' &&
      node.spec.taints[0].effect === 'NoSchedule',
  )
  const [pending] = await eventually(
    () => podsOf(plane.client, 'web'),
    ([pod]) => pod?.status?.conditions?.[0]?.reason === 'Unschedulable',
  )
  expect(pending?.status?.conditions?.[0]?.message).toBe(
    '0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
  )
  runtime.problem = undefined
  await eventually(ready, (one) => one?.status === 'True')
  await eventually(
    () => podsOf(plane.client, 'web'),
    ([pod]) => isReady(pod),
  )
})

test('a pod runs with its status, events and as few writes as possible', async () => {
  plane = controlPlane()
  const { runtime, kubelet } = boot()
  await kubelet.started
  await eventually(
    () => plane.client.get(CONFIG_MAPS, { namespace: 'default', name: 'kube-root-ca.crt' }),
    Boolean,
  )
  let writes = 0
  plane.client.informer(PODS).onChange(() => writes++)
  await createPod({ nodeName: '' })
  const pod = await eventually(get, isReady)
  expect(writes).toBeLessThanOrEqual(4)
  expect(pod?.status).toMatchObject({
    phase: 'Running',
    hostIP: '172.19.0.2',
    hostIPs: [{ ip: '172.19.0.2' }],
    podIP: '10.42.0.2',
    podIPs: [{ ip: '10.42.0.2' }],
    qosClass: 'BestEffort',
    containerStatuses: [
      {
        name: 'c',
        ready: true,
        started: true,
        restartCount: 0,
        image: 'docker.io/library/nginx:1',
        imageID: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        containerID: expect.stringMatching(/^knet:\/\/[0-9a-f]{64}$/),
        state: { running: { startedAt: expect.any(String) } },
      },
    ],
  })
  expect(pod?.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
    'PodReadyToStartContainers=True',
    'Initialized=True',
    'Ready=True',
    'ContainersReady=True',
    'PodScheduled=True',
  ])
  expect(
    await eventually(
      () => eventsOf('p'),
      (all) => all.length >= 4,
    ),
  ).toEqual([
    'Normal Scheduled Successfully assigned default/p to node0',
    'Normal Pulled Container image "nginx:1" already present on machine and can be accessed by the pod',
    'Normal Created Container created',
    'Normal Started Container started',
  ])
  expect(runtime.sandboxes[0]?.resolvConf).toBe(
    'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.43.0.10\noptions ndots:5\n',
  )
  const { env, files } = runtime.containers[0]?.spec ?? {}
  expect(env).toMatchObject({ KUBERNETES_SERVICE_HOST: '10.43.0.1', KUBERNETES_SERVICE_PORT: '443' })
  const account = '/var/run/secrets/kubernetes.io/serviceaccount'
  expect(files?.map(({ path, content }) => [path, content])).toEqual([
    [`${account}/token`, 'token of p'],
    [`${account}/ca.crt`, 'PEM'],
    [`${account}/namespace`, 'default'],
  ])
})

test('environment comes from values, fields, ConfigMaps and Secrets and may refer to itself', async () => {
  plane = controlPlane()
  const { runtime } = boot()
  const { client } = plane
  await client.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'default' },
    data: { colour: 'blue', size: 'L' },
  })
  await client.create(SECRETS, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default' },
    data: { pw: Buffer.from('geheim').toString('base64') },
  })
  await createPod({
    containers: [
      {
        name: 'c',
        image: 'nginx:1',
        args: ['--at=$(IP)', '$$(IP)', '$(NOBODY)'],
        envFrom: [{ prefix: 'M_', configMapRef: { name: 'm' } }],
        env: [
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'PW', valueFrom: { secretKeyRef: { name: 's', key: 'pw' } } },
          { name: 'BOTH', value: '$(M_colour)/$(IP)/$(KUBERNETES_SERVICE_HOST)' },
          { name: 'GONE', valueFrom: { configMapKeyRef: { name: 'm', key: 'x', optional: true } } },
        ],
      },
    ],
  })
  await eventually(get, isReady)
  const { env, args } = runtime.containers[0]?.spec ?? {}
  expect(env).toMatchObject({
    M_colour: 'blue',
    M_size: 'L',
    IP: '10.42.0.2',
    PW: 'geheim',
    BOTH: 'blue/10.42.0.2/10.43.0.1',
  })
  expect(env).not.toHaveProperty('GONE')
  expect(args).toEqual(['--at=10.42.0.2', '$(IP)', '$(NOBODY)'])
})

test('a pod waits for a ConfigMap that it names, and starts when it comes', async () => {
  plane = controlPlane()
  boot()
  await createPod({
    containers: [
      {
        name: 'c',
        image: 'nginx:1',
        env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'm', key: 'a' } } }],
      },
    ],
  })
  const waiting = await eventually(get, (pod) =>
    Boolean(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message),
  )
  expect(waiting?.status?.containerStatuses?.[0]?.state).toEqual({
    waiting: { reason: 'CreateContainerConfigError', message: 'configmap "m" not found' },
  })
  await plane.client.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'default' },
    data: { a: '1' },
  })
  await eventually(get, isReady)
})

test('an unknown image is ErrImagePull and then ImagePullBackOff, with the reason', async () => {
  plane = controlPlane()
  boot({ badImages: ['nobody/knows:1'] })
  await createPod({ containers: [{ name: 'c', image: 'nobody/knows:1' }] })
  const state = async () => (await get())?.status?.containerStatuses?.[0]?.state?.waiting
  expect(await eventually(state, (one) => one?.reason === 'ErrImagePull')).toMatchObject({
    message: 'no such image here: nobody/knows:1',
  })
  expect(await eventually(state, (one) => one?.reason === 'ImagePullBackOff')).toMatchObject({
    message: 'Back-off pulling image "nobody/knows:1": ErrImagePull: no such image here: nobody/knows:1',
  })
  expect(await eventsOf('p')).toContain(
    'Warning Failed Failed to pull image "nobody/knows:1": no such image here: nobody/knows:1',
  )
})

test('a container that crashes restarts at once, and then backs off', async () => {
  plane = controlPlane()
  const { runtime } = boot()
  await createPod({})
  await eventually(get, isReady)
  runtime.containers[0]?.exit(1)
  const again = await eventually(
    get,
    (pod) => isReady(pod) && pod?.status?.containerStatuses?.[0]?.restartCount === 1,
  )
  expect(again?.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
    exitCode: 1,
    reason: 'Error',
  })
  runtime.containers[1]?.exit(2)
  const loop = await eventually(get, (pod) => Boolean(pod?.status?.containerStatuses?.[0]?.state?.waiting))
  const { uid } = loop?.metadata ?? {}
  expect(loop?.status).toMatchObject({
    phase: 'Running',
    containerStatuses: [
      {
        restartCount: 1,
        ready: false,
        state: {
          waiting: {
            reason: 'CrashLoopBackOff',
            message: `back-off 10s restarting failed container=c pod=p_default(${uid})`,
          },
        },
        lastState: { terminated: { exitCode: 2 } },
      },
    ],
  })
  await eventually(
    () => eventsOf('p'),
    (all) => all.includes(`Warning BackOff Back-off restarting failed container c in pod p_default(${uid})`),
  )
})

test('init containers run in order, and a pod that is not restarted ends as Succeeded or Failed', async () => {
  plane = controlPlane()
  const { runtime } = boot({ exits: { i1: 0, i2: 0, c: 0, bad: 3 } })
  const image = 'nginx:1'
  await createPod({
    restartPolicy: 'Never',
    initContainers: [
      { name: 'i1', image },
      { name: 'i2', image },
    ],
  })
  const done = await eventually(get, (pod) => pod?.status?.phase === 'Succeeded')
  expect(runtime.containers.map(({ spec }) => spec.name)).toEqual(['i1', 'i2', 'c'])
  expect(done?.status?.initContainerStatuses?.map((one) => one.state?.terminated?.reason)).toEqual([
    'Completed',
    'Completed',
  ])
  expect({ stopped: runtime.stopped.length, removed: runtime.removed }).toEqual({ stopped: 1, removed: [] })
  await createPod({ restartPolicy: 'Never', containers: [{ name: 'bad', image }] }, { name: 'q' })
  await eventually(
    () => plane.client.get(PODS, { namespace: 'default', name: 'q' }),
    (q) => q?.status?.phase === 'Failed',
  )
})

test('deleting a pod stops its containers with grace, undoes the sandbox and then removes the object', async () => {
  plane = controlPlane()
  const { runtime } = boot()
  await createPod({ terminationGracePeriodSeconds: 7 })
  await eventually(get, isReady)
  await plane.client.delete(PODS, KEY)
  await eventually(get, (pod) => pod === undefined)
  expect(runtime.containers[0]?.stops[0]).toBeCloseTo(7, 0)
  expect(runtime.removed).toEqual([runtime.containers[0]?.sandbox.id])
  expect(
    await eventually(
      () => eventsOf('p'),
      (all) => all.some((one) => one.includes('Killing')),
    ),
  ).toContain('Normal Killing Stopping container c')
})

test('a pod whose sandbox ends is told of, its containers are stopped, and run again in another sandbox', async () => {
  plane = controlPlane()
  const { runtime } = boot({ exits: { init: 0 } })
  await createPod({
    terminationGracePeriodSeconds: 7,
    initContainers: [{ name: 'init', image: 'nginx:1' }],
  })
  const before = await eventually(get, isReady)
  expect(before?.status).toMatchObject({ podIP: '10.42.0.2' })
  runtime.lose[0]?.()
  const after = await eventually(get, (pod) => isReady(pod) && pod?.status?.podIP === '10.42.0.3')
  expect(after?.status?.containerStatuses).toMatchObject([
    { restartCount: 1, lastState: { terminated: { exitCode: 137 } } },
  ])
  expect(after?.status?.initContainerStatuses).toMatchObject([{ restartCount: 1 }])
  const [, first] = runtime.containers
  expect(first?.stops).toEqual([expect.closeTo(7, 0)])
  expect(runtime.containers.map(({ sandbox }) => sandbox.ip)).toEqual([
    '10.42.0.2',
    '10.42.0.2',
    '10.42.0.3',
    '10.42.0.3',
  ])
  const told = 'Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.'
  await eventually(
    () => eventsOf('p'),
    (events) => events.includes(told),
  )
  await plane.client.delete(PODS, KEY)
  await eventually(
    () => runtime.removed,
    (removed) => removed.length === 2,
  )
})

test('a pod that is not to be restarted has failed when its sandbox ends', async () => {
  plane = controlPlane()
  const { runtime } = boot()
  await createPod({ restartPolicy: 'Never' })
  await eventually(get, isReady)
  runtime.lose[0]?.()
  const after = await eventually(get, (pod) => pod?.status?.phase === 'Failed')
  expect(after?.status?.containerStatuses).toMatchObject([
    { restartCount: 0, state: { terminated: { exitCode: 137 } } },
  ])
  expect(runtime.sandboxes).toHaveLength(1)
})

test('of a pod that restarts failures, what has succeeded is not run again in another sandbox', async () => {
  plane = controlPlane()
  const { runtime } = boot({ exits: { done: 0 } })
  const containers = ['done', 'busy'].map((name) => ({ name, image: 'nginx:1' }))
  await createPod({ restartPolicy: 'OnFailure', containers })
  await eventually(
    get,
    (pod) => pod?.status?.containerStatuses?.some(({ state }) => state?.terminated) ?? false,
  )
  runtime.lose[0]?.()
  await eventually(
    () => runtime.sandboxes,
    (sandboxes) => sandboxes.length === 2,
  )
  await eventually(
    () => runtime.containers,
    (all) => all.length === 3,
  )
  expect(runtime.containers.map(({ spec }) => spec.name)).toEqual(['done', 'busy', 'busy'])
})

test('a sandbox that can not be made is told with the plugin’s words and tried again', async () => {
  plane = controlPlane()
  const { runtime } = boot()
  runtime.sandboxFailures.push(
    new Error('plugin type="flannel" failed (add): open /run/flannel/subnet.env: no such file or directory'),
  )
  await createPod({})
  await eventually(
    () => eventsOf('p'),
    (all) =>
      all.includes(
        'Warning FailedCreatePodSandBox Failed to create pod sandbox: rpc error: code = Unknown desc = plugin type="flannel" failed (add): open /run/flannel/subnet.env: no such file or directory',
      ),
  )
  await eventually(get, isReady)
})

test('a readiness probe makes the pod ready soon after it first succeeds', async () => {
  plane = controlPlane()
  let answers = false
  const { runtime } = boot({
    exec: () =>
      answers ? { exitCode: 0, output: '\nHTTP_STATUS:200' } : { exitCode: 7, output: 'curl: (7) refused' },
  })
  await createPod({
    containers: [
      {
        name: 'c',
        image: 'nginx:1',
        ports: [{ name: 'web', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/healthz', port: 'web' } },
      },
    ],
  })
  const notYet = await eventually(get, (pod) => pod?.status?.phase === 'Running')
  expect(notYet?.status?.conditions?.find((one) => one.type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [c]',
  })
  answers = true
  await eventually(get, isReady, 1500)
  expect(runtime.probes[0]?.at(-1)).toBe('http://10.42.0.2:8080/healthz')
})

test('a failing liveness probe restarts the container and says why', async () => {
  plane = controlPlane()
  const { runtime } = boot({
    exec: () => ({ exitCode: 1, output: 'cat: /tmp/healthy: No such file or directory' }),
  })
  await createPod({
    containers: [
      {
        name: 'c',
        image: 'nginx:1',
        livenessProbe: { exec: { command: ['cat', '/tmp/healthy'] }, failureThreshold: 1, periodSeconds: 1 },
      },
    ],
  })
  await eventually(get, (pod) => (pod?.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1)
  expect(runtime.containers[0]?.stops).toHaveLength(1)
  const told = await eventually(
    () => eventsOf('p'),
    (all) => all.some((one) => one.includes('Killing')),
  )
  expect(told).toContain(
    'Warning Unhealthy Liveness probe failed: cat: /tmp/healthy: No such file or directory',
  )
  expect(told).toContain('Normal Killing Container c failed liveness probe, will be restarted')
})

test('when the agent dies the node goes NotReady by its lease, and a new kubelet makes its pods anew', async () => {
  plane = controlPlane({ nodeGracePeriodMs: 300 })
  await boot({ name: 'node1', leaseIntervalMs: 50 }).kubelet.started
  const first = boot({ leaseIntervalMs: 50 })
  await createPod({})
  await eventually(get, isReady)
  // As when every process of a node is killed: the kubelet must not tell of its containers' end.
  first.runtime.containers[0]?.exit(137)
  first.runtime.killAgent()
  const last = await get()
  expect(last?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true })
  const node = await eventually(
    () => plane.client.get(NODES, { name: 'node0' }),
    (one) => (one?.spec?.taints ?? []).length === 2,
  )
  expect(node?.status?.conditions?.find((one) => one.type === 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  })
  expect(node?.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ])
  await eventually(get, (pod) => !isReady(pod))
  boot({ leaseIntervalMs: 50 })
  const back = await eventually(get, isReady)
  expect(back?.status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } },
  })
  await eventually(
    () => plane.client.get(NODES, { name: 'node0' }),
    (one) => !one?.spec?.taints?.length,
  )
})

test('pod access reads logs by tail and previous instance, runs commands, and refuses as upstream does', async () => {
  plane = controlPlane()
  const { runtime } = boot({ exec: (argv) => ({ exitCode: 3, output: argv.join(' ') }) })
  const access = createPodAccess(kubelets, plane.client)
  await createPod({})
  await eventually(get, isReady)
  const [container] = runtime.containers
  for (const line of ['one', 'two', 'three']) container?.print(line)
  const read = async (options: object) => {
    let all = ''
    for await (const chunk of await access.logs(KEY, options)) all += chunk
    return all
  }
  expect(await read({})).toBe('one\ntwo\nthree\n')
  expect(await read({ tailLines: 1 })).toBe('three\n')
  expect(await read({ limitBytes: 5 })).toBe('one\nt')
  expect(await read({ timestamps: true, tailLines: 1 })).toMatch(/^\d{4}-\d\d-\d\dT\S+ three\n$/)
  const following = read({ follow: true })
  container?.print('four')
  container?.exit(1)
  expect(await following).toBe('one\ntwo\nthree\nfour\n')
  await eventually(get, (pod) => pod?.status?.containerStatuses?.[0]?.restartCount === 1)
  expect(await read({ previous: true, tailLines: 1 })).toBe('four\n')
  const exec = await access.exec(KEY, undefined, ['hostname', '-i'], { stdin: false, tty: false })
  expect(await text(exec.stdout)).toBe('hostname -i')
  expect(await exec.exited).toBe(3)
  expect(access.containerPid(KEY, 'c')).toEqual({ pid: 2002, node: 'node0' })
  await expect(access.logs(KEY, { container: 'x' })).rejects.toMatchObject({
    code: 400,
    message: 'container x is not valid for pod p',
  })
  await expect(access.logs({ ...KEY, name: 'nobody' }, {})).rejects.toMatchObject({
    code: 404,
    message: 'pods "nobody" not found',
  })
})
