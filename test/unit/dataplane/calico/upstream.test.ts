import { afterEach, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { addressAnnotation, speakerOf } from '../../../../src/dataplane/calico/bgp/speaker.ts'
import { felixSettings } from '../../../../src/dataplane/calico/felix-settings.ts'
import type { ActiveSet } from '../../../../src/dataplane/calico/felix/active.ts'
import { surroundingsOf } from '../../../../src/dataplane/calico/felix/surroundings-of.ts'
import { policyCalculator } from '../../../../src/dataplane/calico/policy/calculator.ts'
import {
  BGP_CONFIGURATIONS,
  FELIX_CONFIGURATIONS,
  IP_POOLS,
} from '../../../../src/dataplane/calico/resources.ts'
import { appendedHashes, ruleHashes } from '../../../../src/dataplane/calico/rules/felix-chain.ts'
import { setRenderer } from '../../../../src/dataplane/calico/rules/node-sets.ts'
import type { Surroundings } from '../../../../src/dataplane/calico/rules/surroundings.ts'
import { tableRenderer } from '../../../../src/dataplane/calico/rules/tables.ts'
import type { KubeClient } from '../../../../src/kube/client.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { ENDPOINT_SLICES, NODES, PODS, SERVICES, type ResourceType } from '../../../../src/kube/resources.ts'
import { calicoCluster } from '../../../helpers/calico-cluster.ts'
import { recordedScene, SCENE_NODES, sceneObjects, SCENES, STAGE } from '../../../helpers/calico-scenes.ts'
import { controlPlane, eventually, readyNode, running } from '../../../helpers/control-plane.ts'
import type { FelixState } from '../../../helpers/felix-state.ts'

const POOL = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'IPPool',
  metadata: { name: 'default-ipv4-ippool' },
  spec: { cidr: '192.168.0.0/16', ipipMode: 'Never', vxlanMode: 'Never', natOutgoing: true },
}
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end()
})

/** A node's chains by the hashes of their rules, which are of all their words, and its sets. */
interface Compared {
  readonly chains: Readonly<Record<string, readonly string[]>>
  readonly sets: Readonly<Record<string, readonly string[]>>
}

function recorded(state: FelixState): Compared {
  const hashesOf = (rules: readonly string[]) => rules.map((rule) => /"cali:(\S+)"/.exec(rule)?.[1] ?? '')
  return {
    chains: Object.fromEntries([...state.chains].map(([name, rules]) => [name, hashesOf(rules)])),
    sets: Object.fromEntries(state.sets),
  }
}

function rendered(active: ActiveSet, around: Surroundings, names: ReadonlyMap<string, string>): Compared {
  const chains: Record<string, string[]> = {}
  for (const table of tableRenderer()(active, around)) {
    for (const chain of [...table.first, ...table.chains.values()])
      chains[`${table.name} ${chain.name}`] = ruleHashes(chain)
    for (const chain of table.last) chains[`${table.name} ${chain.name}`]?.push(...appendedHashes(chain))
  }
  const named = (member: string) => member.replace(/^[\d.]+(?=$|,)/, (ip) => names.get(ip) ?? ip)
  const sets = setRenderer()(around, active.ipSets.values()).map(({ name, type, members }) => [
    name,
    [`${type} maxelem ${around.settings.maxSetSize}`, ...[...members].map(named).sort()],
  ])
  return { chains, sets: Object.fromEntries(sets) as Compared['sets'] }
}

function typeOf({ apiVersion = '', kind = '', metadata }: KubeObject): ResourceType {
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, 'ies')
  return { group, version, kind, plural, namespaced: metadata?.namespace !== undefined }
}

/** Pods run at once, each with an address of its own, unless they are done at once. */
async function playPod(client: KubeClient, pod: Pod, ip: string): Promise<void> {
  const now = running(pod, pod.spec?.hostNetwork ? '172.19.0.3' : ip)
  const isDone = pod.spec?.restartPolicy === 'Never'
  await client.update(
    PODS,
    isDone ? { ...now, status: { ...now.status, phase: 'Succeeded' } } : now,
    'status',
  )
}

/** @returns pods' names by address */
async function play(client: KubeClient, scenes: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for (const document of scenes.flatMap((scene) => parseAllDocuments(sceneObjects(scene)))) {
    const object = document.toJS() as KubeObject
    const made = await client.create(typeOf(object), object)
    if (made.kind !== 'Pod') continue
    const ip = `192.168.1.${names.size + 1}`
    names.set(ip, (made as Pod).metadata.name)
    await playPod(client, made as Pod, ip)
  }
  return names
}

/** Every service but that of the API has its endpoints. */
async function servicesKnown(client: KubeClient): Promise<void> {
  const { items } = await client.list(SERVICES)
  for (const { metadata } of items.filter(({ spec }) => spec?.selector)) {
    const labelSelector = `kubernetes.io/service-name=${metadata.name}`
    await eventually(
      () => client.list(ENDPOINT_SLICES, { namespace: metadata.namespace ?? '', labelSelector }),
      (slices) => slices.items.some(({ endpoints }) => endpoints?.length),
    )
  }
}

test.each([STAGE, ...SCENES])('%s: rules and sets are those that real Calico writes.', async (scene) => {
  const plane = controlPlane({ scheduler: false })
  ends.push(() => plane.stop())
  const { client } = await calicoCluster(plane.client)
  for (const [i, name] of ['node0', 'node1', 'node2'].entries()) {
    const annotations = addressAnnotation(`172.19.0.${i + 2}`, 24)
    await client.create(NODES, readyNode(name, { metadata: { name, annotations } }))
  }
  await client.create(typeOf(POOL), POOL)
  const names = await play(client, scene === STAGE ? [STAGE] : [STAGE, scene])
  await servicesKnown(client)
  const calculator = policyCalculator({ client })
  ends.push(() => calculator.stop())
  await calculator.synced

  const speakers = (await client.list(NODES)).items.flatMap((node) => speakerOf(node) ?? [])
  const pools = (await client.list(IP_POOLS)).items
  const configurations = (await client.list(BGP_CONFIGURATIONS)).items
  for (const name of SCENE_NODES) {
    const settings = felixSettings((await client.list(FELIX_CONFIGURATIONS)).items, name)
    const known = surroundingsOf(name, { speakers, pools, configurations, settings })
    const around = { ...known, ownAddresses: ['127.0.0.0', '127.0.0.1', ...known.ownAddresses] }
    expect(rendered(calculator.forNode(name).current(), around, names), name).toEqual(
      recorded(recordedScene(scene, name)),
    )
  }
})
