import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { author } from '../helpers/author.ts'
import { eventually } from '../helpers/cli.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const golden = (name: string) => readFileSync(join(ROOT, 'test/golden/calico', name), 'utf8')
const MANIFEST = readFileSync(join(ROOT, 'labs/calico/calico-k3s.yaml'), 'utf8')
const HELLO = readFileSync(join(ROOT, 'labs/flannel/hello-kubernetes.yaml'), 'utf8')

const stranger = author((yaml) =>
  yaml
    .replace('cluster: none', 'cluster: no-network')
    .replace(/machines: .*/, 'machines: { node0: 172.19.0.2, node1: 172.19.0.3, node2: 172.19.0.4 }'),
)
beforeAll(async () => {
  expect(await stranger.run(['start', 'containers'])).toMatchObject({ code: 0 })
  await kubectl('apply -f -', HELLO)
  await kubectl('apply -f -', MANIFEST)
  await ready()
})
afterAll(() => stranger.leave())

async function kubectl(args: string, input?: string): Promise<string> {
  const options = { lab: 'containers', ...(input === undefined ? {} : { input }) }
  const { stdout, stderr } = await stranger.kubectl(args.split(' '), options)
  return stdout + stderr
}

async function ready(): Promise<void> {
  const said = await Promise.all([
    kubectl('rollout status deployment/hello-kubernetes --timeout=30s'),
    kubectl('-n kube-system rollout status daemonset/calico-node --timeout=30s'),
    kubectl('-n kube-system rollout status deployment/calico-kube-controllers --timeout=30s'),
  ])
  for (const one of said) expect(one).toContain('successfully rolled out')
}

const spec = async (what: string) =>
  JSON.parse(await kubectl(`get ${what} -o jsonpath={.spec}`)) as Record<string, unknown>
const column = async (args: string) => (await kubectl(args)).trim().split(/\s+/).sort()
const names = (what: string) => column(`get ${what} -o jsonpath={.items[*].metadata.name}`)
const calicoNode = (node: string) =>
  kubectl(
    `-n kube-system get pods -l k8s-app=calico-node --field-selector spec.nodeName=${node} -o jsonpath={.items[0].metadata.name}`,
  )

const pool = (name: string, cidr: string, nodeSelector = '!all()') =>
  JSON.stringify({
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'IPPool',
    metadata: { name },
    spec: { cidr, blockSize: 30, ipipMode: 'Always', natOutgoing: true, nodeSelector },
  })

const pods = (annotation: string, value: string, ...named: string[]) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: named.map((name) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, annotations: { [`cni.projectcalico.org/${annotation}`]: value } },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'pause' }] },
    })),
  })

/** Every pod of the deployment is asked from another one. */
async function everyoneAnswers(): Promise<void> {
  const [first = ''] = await names('pods -l app=hello-kubernetes')
  for (const ip of await column('get pods -l app=hello-kubernetes -o jsonpath={.items[*].status.podIP}')) {
    await eventually(
      `an answer of ${ip}`,
      () => kubectl(`exec ${first} -- wget -qO- -T 1 http://${ip}:8080`),
      (said) => said.includes(`pod=hello-kubernetes`),
    )
  }
}

test('the manifest makes nodes ready and pods answer across them', async () => {
  expect(await kubectl('get nodes')).not.toContain('NotReady')
  await everyoneAnswers()
})

test('the first start makes what a real one makes: pool, cluster information, Felix’s configuration', async () => {
  const { ipipMode, ...rest } = await spec('ippool default-ipv4-ippool')
  expect(ipipMode).toBe('Always')
  expect(rest).toEqual({
    allowedUses: ['Workload', 'Tunnel'],
    blockSize: 26,
    cidr: '192.168.0.0/16',
    natOutgoing: true,
    nodeSelector: 'all()',
    vxlanMode: 'Never',
  })
  expect(await spec('clusterinformation default')).toEqual({
    calicoVersion: 'v3.23.5',
    clusterGUID: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    clusterType: 'k8s,bgp,kdd',
    datastoreReady: true,
  })
  expect(await spec('felixconfiguration default')).toEqual({
    bpfLogLevel: '',
    floatingIPs: 'Disabled',
    logSeverityScreen: 'Info',
    reportingInterval: '0s',
  })
  expect(await kubectl('get node node1 -o jsonpath={.metadata.annotations}')).toContain(
    '"projectcalico.org/IPv4Address":"172.19.0.3/24"',
  )
})

test('the init container leaves a real node’s configuration, and a kubeconfig that works from there', async () => {
  const conf = await stranger.on('node0', 'cat /etc/cni/net.d/10-calico.conflist')
  expect(conf.trim()).toBe(golden('10-calico.conflist.node0').trim())
  const config = '/etc/cni/net.d/calico-kubeconfig'
  expect(await stranger.on('node0', `stat -c %a ${config}; grep server ${config}`)).toMatch(
    /600\n +server: https:\/\/\[10\.43\.0\.1\]:443/,
  )
})

test('calico-node’s container shows what is done for its node, and has BIRD’s client', async () => {
  const pod = await calicoNode('node1')
  const inside = `-n kube-system exec ${pod} -c calico-node --`
  expect(await kubectl(`-n kube-system logs ${pod} -c calico-node`)).toContain('Calico of node1 is ready')
  expect(await kubectl(`${inside} birdcl -s /var/run/calico/bird.ctl show protocols`)).toMatch(
    /Mesh_172_19_0_2 +BGP .*Established/,
  )
  expect(await kubectl(`${inside} calico-node -felix-ready -bird-ready`)).toBe('')
})

test('when its container ends the kubelet starts it again, and sessions come back', async () => {
  const pod = await calicoNode('node1')
  await kubectl(`-n kube-system exec ${pod} -c calico-node -- kill 1`)
  const path = '{.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready}'
  await eventually(
    'a second container that is ready',
    () => kubectl(`-n kube-system get pod ${pod} -o jsonpath=${path.replaceAll(' ', '_')}`),
    (said) => said === '1_true',
  )
  await everyoneAnswers()
})

test('a pod in a pool that is too small waits and says why, until there is room', async () => {
  await kubectl('apply -f -', pool('tiny', '10.66.0.0/30'))
  await kubectl('apply -f -', pods('ipv4pools', '["tiny"]', 'one', 'two', 'three', 'four', 'five'))
  const waiting = await eventually(
    'four pods with an address and one without',
    () => kubectl('get pods one two three four five --no-headers'),
    (said) => said.match(/Running/g)?.length === 4 && !said.includes('Pending'),
  )
  expect(waiting.match(/ContainerCreating/g)).toHaveLength(1)
  expect(await column('get pods one two three four five -o jsonpath={.items[*].status.podIP}')).toEqual([
    '10.66.0.0',
    '10.66.0.1',
    '10.66.0.2',
    '10.66.0.3',
  ])
  await eventually(
    'the plugin’s words',
    () => kubectl('get events --field-selector reason=FailedCreatePodSandBox'),
    (said) =>
      said.includes(
        'plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.66.0.0/30]',
      ),
  )
  const running = waiting.split('\n').find((line) => line.includes('Running'))
  await kubectl(`delete pod ${running?.split(' ')[0]}`)
  await eventually(
    'all that are left running',
    () => kubectl('get pods one two three four five --no-headers --ignore-not-found'),
    (said) => said.match(/Running/g)?.length === 4 && !said.includes('ContainerCreating'),
    20_000,
  )
  await kubectl('delete pods one two three four five --ignore-not-found')
})

test('a pod has the address that it asks for; a disabled pool gives none', async () => {
  await kubectl('apply -f -', pods('ipAddrs', '["192.168.77.7"]', 'fixed'))
  await kubectl('wait --for=condition=Ready pod/fixed --timeout=20s')
  expect(await kubectl('get pod fixed -o jsonpath={.status.podIP}')).toBe('192.168.77.7')
  await kubectl('delete pod fixed')
  await kubectl('patch ippool tiny --type=merge -p {"spec":{"disabled":true}}')
  await kubectl('apply -f -', pods('ipv4pools', '["tiny"]', 'unlucky'))
  await eventually(
    'the plugin’s words',
    () => kubectl('get events --field-selector involvedObject.name=unlucky,reason=FailedCreatePodSandBox'),
    (said) => said.includes('the given pool (10.66.0.0/30) does not exist, or is not enabled'),
  )
  await kubectl('patch ippool tiny --type=merge -p {"spec":{"disabled":false}}')
  await kubectl('wait --for=condition=Ready pod/unlucky --timeout=20s')
  await kubectl('delete pod unlucky')
})

test('deleted, its pods end and so does BIRD; routes, rules and configuration stay, and pods go on', async () => {
  await kubectl('delete -f - --wait=false', MANIFEST)
  await eventually(
    'no pods of Calico',
    () => kubectl('-n kube-system get pods'),
    (said) => !said.includes('calico-'),
  )
  expect(await kubectl('get crd')).toContain('No resources found')
  expect(await stranger.on('node1', 'pgrep -x bird || echo none')).toBe('none')
  const left = await stranger.on('node1', 'ip route; ls /etc/cni/net.d; iptables-save')
  expect(left).toMatch(/192\.168\.104\.0\/26 via 172\.19\.0\.4 dev tunl0 proto bird/)
  expect(left).toContain('10-calico.conflist')
  expect(left).toContain('cali-FORWARD')
  await everyoneAnswers()
})

test('without it new pods wait with the plugin’s words, and old ones can go', async () => {
  await kubectl('apply -f -', pods('nothing', '', 'lost'))
  await eventually(
    'the plugin’s words',
    () => kubectl('get events --field-selector involvedObject.name=lost,reason=FailedCreatePodSandBox'),
    (said) =>
      said.includes(
        'error getting ClusterInformation: resource does not exist: ClusterInformation(default) with error: the server could not find the requested resource (get ClusterInformations.crd.projectcalico.org default)',
      ),
  )
  const [gone = ''] = await names('pods -l app=hello-kubernetes')
  expect(await kubectl(`delete pod ${gone} --timeout=10s`)).toContain('deleted')
})

test('applied again all is as before, for pods that waited and for those that stayed', async () => {
  await kubectl('apply -f -', MANIFEST)
  await ready()
  await kubectl('wait --for=condition=Ready pod/lost --timeout=20s')
  await everyoneAnswers()
})

test('what a node had that is gone goes back: blocks, addresses, routes', async () => {
  await kubectl('delete node node2')
  await eventually(
    'no block of node2',
    async () => (await names('blockaffinities')).join(' '),
    (said) => said.includes('node0') && !said.includes('node2'),
    20_000,
  )
  await eventually(
    'no route to its block',
    () => stranger.on('node0', 'ip route'),
    (said) => !said.includes('192.168.104.0/26'),
  )
})
