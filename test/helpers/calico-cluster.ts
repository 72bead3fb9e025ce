import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { run } from '../../src/calicoctl/run.ts'
import type { Surroundings } from '../../src/calicoctl/verb.ts'
import type { IPAMBlock } from '../../src/dataplane/calico/resources.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { CustomResourceDefinition, KubeObject, Node, Pod } from '../../src/kube/objects.ts'
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  NAMESPACES,
  NODES,
  PODS,
  type ResourceType,
} from '../../src/kube/resources.ts'
import { addressAt, parseCidr } from '../../src/net/cidr.ts'
import { apiClient } from './api-client.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const STORED = resolve(ROOT, 'test/golden/calicoctl/stored')
const STORED_KINDS = [
  'ippools',
  'felixconfigurations',
  'clusterinformations',
  'ipamblocks',
  'ipamhandles',
  'blockaffinities',
]

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A cluster with Calico's kinds, in this process, and our calicoctl on it. */
export interface CalicoCluster {
  readonly client: KubeClient
  readonly calicoctl: (...argv: string[]) => Promise<Said>
  /** With a standard input. */
  readonly calicoctlReading: (input: string, ...argv: string[]) => Promise<Said>
}

export async function calicoCluster(client: KubeClient = apiClient()): Promise<CalicoCluster> {
  const manifest = readFileSync(resolve(ROOT, 'labs/calico/calico-k3s.yaml'), 'utf8')
  const objects = parseAllDocuments(manifest).map((one) => one.toJS() as KubeObject)
  for (const object of objects.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
    await client.create(CUSTOM_RESOURCE_DEFINITIONS, object as CustomResourceDefinition)
  }
  const calicoctlReading = (input: string, ...argv: string[]) =>
    say(argv, { connect: () => ({ client, trouble: () => undefined }), stdin: () => input })
  return { client, calicoctlReading, calicoctl: (...argv) => calicoctlReading('', ...argv) }
}

/** Runs our calicoctl with what it finds around itself. */
export async function say(argv: readonly string[], around: Partial<Surroundings>): Promise<Said> {
  let stdout = ''
  let stderr = ''
  const code = await run(argv, {
    env: {},
    isRoot: true,
    print: (text) => (stdout += text),
    complain: (text) => (stderr += text),
    stdin: () => '',
    connect: () => {
      throw new Error('no cluster here')
    },
    ...around,
  })
  return { code, stdout, stderr }
}

/** The cluster that the golden files show, with what Calico had stored, and pods that have the addresses of its blocks. */
export async function goldenCluster(client: KubeClient = apiClient()): Promise<CalicoCluster> {
  const cluster = await calicoCluster(client)
  for (const plural of STORED_KINDS) await load(client, plural)
  for (const node of itemsIn('nodes') as Node[]) await createWithStatus(client, NODES, node)
  for (const name of ['demo', 'other']) {
    const metadata = { name, labels: { team: name } }
    await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata })
  }
  for (const pod of podsOf(itemsIn('ipamblocks') as IPAMBlock[])) {
    await createWithStatus(client, PODS, pod)
  }
  return cluster
}

const itemsIn = (plural: string): KubeObject[] => {
  const { items } = parse(readFileSync(resolve(STORED, `${plural}.yaml`), 'utf8')) as { items: KubeObject[] }
  return items
}

async function load(client: KubeClient, plural: string): Promise<void> {
  for (const item of itemsIn(plural)) {
    const kind = item.kind ?? ''
    const type = { group: 'crd.projectcalico.org', version: 'v1', plural, kind, namespaced: false }
    await client.create(type, withoutIds(item))
  }
}

async function createWithStatus<T extends Node | Pod>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
): Promise<void> {
  const made = await client.create(type, withoutIds(object))
  await client.update(type, { ...made, status: { ...made.status, ...object.status } }, 'status')
}

/** As somebody hands it in. */
function withoutIds<T extends KubeObject>(object: T): T {
  const { resourceVersion: _, uid: __, generation: ___, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}

/** The pods whose addresses blocks have. */
function podsOf(blocks: readonly IPAMBlock[]): Pod[] {
  return blocks.flatMap(({ spec }) =>
    spec.allocations.flatMap((index, ordinal) => {
      const { pod = '', namespace = '', node = '' } = spec.attributes[index ?? -1]?.secondary ?? {}
      const cidr = parseCidr(spec.cidr)
      if (!pod || !cidr) return []
      const podIP = addressAt(cidr, ordinal)
      return [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: pod, namespace },
          spec: { nodeName: node, containers: [{ name: 'c', image: 'busybox' }] },
          status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
        },
      ]
    }),
  )
}
