import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../src/base/until.ts'
import { author } from '../helpers/author.ts'
import { SCENE_NODES, sceneFile, sceneObjects, SCENES, STAGE } from '../helpers/calico-scenes.ts'
import type { Stranger } from '../helpers/cli.ts'
import { NOTHING, readFelixState, writeChanges, type FelixState } from '../helpers/felix-state.ts'
import { installRealCalico } from './real-calico.ts'

const { KNET_CALICO_NODE: node, KNET_CALICO_CNI: cni, KNET_RECORD: isRecording } = process.env
const why =
  node && cni
    ? undefined
    : 'skipped: KNET_CALICO_NODE and KNET_CALICO_CNI have to name the programs calico-node and calico of Calico 3.23.5'
if (why) console.log(`test:upstream ${why}`)

const LAB = 'containers'
const SAVE = 'iptables-save 2>/dev/null; ipset save'
const MANIFEST = readFileSync(resolve(import.meta.dirname, '../../labs/calico/calico-k3s.yaml'), 'utf8')
const CALICO_KINDS = MANIFEST.split('\n---\n').filter((one) => one.includes('kind: CustomResourceDefinition'))
const POOL = `
apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: { name: default-ipv4-ippool }
spec: { cidr: 192.168.0.0/16, blockSize: 26, ipipMode: Never, natOutgoing: true, nodeSelector: all(), vxlanMode: Never }
`
/** Felix may take this long to do what it was told, and does nothing more when all is quiet for that long. */
const QUIET_MS = 1500
/** How long both may take to be the same: pods start meanwhile. */
const PATIENCE_MS = 40_000
const CLEARING_MS = 100_000

type Nodes = Readonly<Record<string, FelixState>>

interface Both {
  readonly theirs: Nodes
  readonly own: Nodes
}

const withCluster = (cluster: string) =>
  author((yaml) =>
    yaml
      .replace('cluster: none', `cluster: ${cluster}`)
      .replace(/machines: .*/, 'machines: { node0: 172.19.0.2, node1: 172.19.0.3, node2: 172.19.0.4 }'),
  )

async function kubectl(stranger: Stranger, args: string, input?: string): Promise<string> {
  const options = { lab: LAB, ...(input === undefined ? {} : { input }) }
  const { code, stdout, stderr } = await stranger.kubectl(args.split(' '), options)
  if (code !== 0) throw new Error(`kubectl ${args}: ${stderr}`)
  return stdout
}

/** Takes a scene away, until that succeeds: what a busy machine leaves of one would be in all that come after. */
async function clear(stranger: Stranger, objects: string): Promise<void> {
  const remove = () =>
    kubectl(stranger, 'delete --ignore-not-found --wait=false --grace-period=1 -f -', objects)
  const tryOnce = () =>
    remove().then(
      () => true,
      () => false,
    )
  await until(tryOnce, { what: 'the scene to be gone', deadlineMs: CLEARING_MS })
}

/** Without pods that one cluster has and the other has not; its one pool without tunnels. */
async function setStage(stranger: Stranger): Promise<void> {
  await kubectl(stranger, 'apply -f -', POOL)
  await kubectl(stranger, '-n kube-system delete deployment --all')
  await kubectl(stranger, 'apply -f -', sceneObjects(STAGE))
  await kubectl(stranger, 'wait --for=condition=Ready pods --all --all-namespaces --timeout=30s')
}

async function stateOf(stranger: Stranger): Promise<Nodes> {
  const line = '{range .items[*]}{.status.podIP} {.metadata.name} {.spec.hostNetwork}{"\\n"}{end}'
  const { stdout } = await stranger.kubectl(['get', 'pods', '-A', '-o', `jsonpath=${line}`], { lab: LAB })
  const pods = stdout.split('\n').map((pod) => pod.split(' '))
  const names = new Map(pods.filter(([, , isHosts]) => !isHosts).map(([ip = '', name = '']) => [ip, name]))
  const saved = await Promise.all(SCENE_NODES.map((name) => stranger.on(name, SAVE)))
  return Object.fromEntries(SCENE_NODES.map((name, i) => [name, readFelixState(saved[i] ?? '', names)]))
}

const written = (nodes: Nodes) =>
  SCENE_NODES.map((name) => `# ${name}\n${writeChanges(NOTHING, nodes[name] ?? NOTHING)}`).join('')

describe('Real Calico, and ours, on clusters of their own', () => {
  const real = withCluster('no-network')
  const ours = withCluster('calico')
  let stage: Nodes = {}

  beforeAll(async () => {
    if (why) return
    const started = await Promise.all([real, ours].map((one) => one.run(['start', LAB, '--detach'])))
    expect(started).toMatchObject([{ code: 0 }, { code: 0 }])
    await kubectl(real, 'apply -f -', CALICO_KINDS.join('\n---\n'))
    await kubectl(real, 'apply -f -', POOL)
    await installRealCalico(real, { node: node ?? '', cni: cni ?? '' })
    await Promise.all([setStage(real), setStage(ours)])
    stage = (await settled()).theirs
  }, 180_000)
  afterAll(async () => {
    await Promise.all([real.leave(), ours.leave()])
  })

  /** What both have once nothing changes any more, and once it is the same, unless that takes too long. */
  async function settled(): Promise<Both> {
    let seen = await lookAtBoth()
    const end = performance.now() + PATIENCE_MS
    while (performance.now() < end) {
      await delay(QUIET_MS)
      const before = seen
      seen = await lookAtBoth()
      const isQuiet = written(before.theirs) === written(seen.theirs)
      if (isQuiet && written(seen.own) === written(seen.theirs)) break
    }
    return seen
  }

  async function compare(scene: string): Promise<void> {
    const { theirs, own } = await settled()
    if (isRecording) record(scene, theirs)
    expect(written(own)).toBe(written(theirs))
  }

  async function lookAtBoth(): Promise<Both> {
    const [theirs, own] = await Promise.all([stateOf(real), stateOf(ours)])
    return { theirs, own }
  }

  function record(scene: string, nodes: Nodes): void {
    for (const name of SCENE_NODES) {
      const before = scene === STAGE ? NOTHING : (stage[name] ?? NOTHING)
      const changes = writeChanges(before, nodes[name] ?? NOTHING)
      if (changes) writeFileSync(sceneFile(scene, name), changes)
    }
  }

  test.skipIf(why)('without policy both write the same rules and sets.', async () => {
    await compare(STAGE)
  })

  test.each(why ? [] : SCENES)('%s: both write the same rules and sets.', async (scene) => {
    const both = [real, ours]
    const objects = sceneObjects(scene)
    try {
      await Promise.all(both.map((one) => kubectl(one, 'apply -f -', objects)))
      await compare(scene)
    } finally {
      await Promise.all(both.map((one) => clear(one, objects)))
    }
  })
})
