import { describe, expect, test } from 'vitest'
import type { Deployment, EndpointSlice, KubeObject, Pod, Service } from '../../../../src/kube/objects.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import { definitionOf, exchange } from './golden.ts'

interface Table {
  columnDefinitions: { name: string; type: string; format: string; priority: number }[]
  rows: { cells: unknown[] }[]
}

const shape = ({ name, type, format, priority }: Table['columnDefinitions'][number]) => ({
  name,
  type,
  format,
  priority,
})

/** Whose tables were not recorded: role-kinds.test.ts has them. */
const NOT_RECORDED = new Set([
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'poddisruptionbudgets',
])
const recorded = createRegistry().filter(({ plural }) => !NOT_RECORDED.has(plural))

test.each(recorded.map(({ plural }) => plural))('%s have the columns of the real API server', (plural) => {
  const { response } = exchange<Table>(`table-${plural}`)
  expect(definitionOf(plural).columns.map(shape)).toEqual(response.columnDefinitions.map(shape))
})

interface ApiResource {
  name: string
  singularName: string
  namespaced: boolean
  kind: string
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
}

test.each(['discovery-api-v1', 'discovery-apis-apps-v1'])('%s says of our kinds what we say', (name) => {
  const { response } = exchange<{ resources: ApiResource[] }>(name)
  const group = name.includes('apps') ? 'apps' : ''
  for (const ours of createRegistry().filter((definition) => definition.group === group)) {
    const real = response.resources.find(({ name }) => name === ours.plural)
    expect({
      name: ours.plural,
      singularName: ours.singular,
      namespaced: ours.namespaced,
      kind: ours.kind,
      verbs: ours.verbs,
      ...(ours.shortNames.length && { shortNames: ours.shortNames }),
      ...(ours.categories.length && { categories: ours.categories }),
    }).toEqual({ ...real, storageVersionHash: undefined })
    for (const sub of ours.subresources) {
      expect(response.resources.map(({ name }) => name)).toContain(`${ours.plural}/${sub}`)
    }
  }
})

function row(plural: string, object: KubeObject, now: string): unknown[] {
  return definitionOf(plural).columns.map((column) => column.cell(object, new Date(now)))
}

describe('rows of recorded objects are those that the real API server printed', () => {
  const now = '2026-11-21T10:26:20Z'
  const rows = (plural: string) => exchange<Table>(`table-${plural}`).response.rows.map(({ cells }) => cells)

  test('a service', () => {
    expect(row('services', exchange<Service>('object-service').response, now)).toEqual(rows('services')[0])
  })

  test('a deployment, with its numbers of a moment later', () => {
    const { response } = exchange<Deployment>('object-deployment')
    const later = { ...response, status: { readyReplicas: 3, updatedReplicas: 2, availableReplicas: 3 } }
    expect(row('deployments', later, now)).toEqual(rows('deployments')[0])
  })

  test('an endpoint slice, and one that has nothing yet', () => {
    const [empty, slice] = exchange<{ items: EndpointSlice[] }>('object-endpointslices').response.items
    expect(row('endpointslices', slice as EndpointSlice, now)).toEqual(rows('endpointslices')[1])
    expect(row('endpointslices', empty as EndpointSlice, now).slice(2, 4)).toEqual(['<unset>', '<unset>'])
  })

  test('a pod', () => {
    const pod = exchange<{ items: Pod[] }>('object-pod').response.items[0] as Pod
    const running = {
      ...pod,
      spec: { ...pod.spec, nodeName: 'node0' },
      status: {
        phase: 'Running',
        podIPs: [{ ip: '10.42.0.2' }],
        containerStatuses: [{ ready: true, restartCount: 0, state: { running: {} } }],
      },
    }
    expect(row('pods', running as unknown as Pod, now)).toEqual(rows('pods')[0])
  })
})

describe('nodes', () => {
  const node = {
    metadata: {
      name: 'node0',
      creationTimestamp: '2026-11-21T10:00:00Z',
      labels: {} as Record<string, string>,
    },
    spec: {} as object,
    status: {
      conditions: [{ type: 'Ready', status: 'False' }],
      addresses: [{ type: 'InternalIP', address: '172.19.0.2' }],
      nodeInfo: {
        kubeletVersion: 'v1.36.3',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        kernelVersion: '6.1.0',
        architecture: 'amd64',
        containerRuntimeVersion: 'containerd://2.1.0',
      },
    },
  }

  test('a node that is not ready', () => {
    const real = exchange<Table>('table-nodes').response.rows[0]?.cells
    expect(row('nodes', node, '2026-11-21T10:02:14Z')).toEqual(real)
  })

  test('a cordoned one with roles', () => {
    const labels = {
      'node-role.kubernetes.io/master': 'true',
      'node-role.kubernetes.io/control-plane': 'true',
    }
    const cordoned = {
      ...node,
      metadata: { ...node.metadata, labels },
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    }
    expect(row('nodes', cordoned, '2026-11-21T10:02:14Z').slice(1, 3)).toEqual([
      'Ready,SchedulingDisabled',
      'control-plane,master',
    ])
    expect(row('nodes', { metadata: { name: 'n' } }, '2026-11-21T10:02:14Z')[1]).toBe('Unknown')
  })
})

test('endpoints beyond three are counted', () => {
  const addresses = ['1', '2', '3', '4', '5'].map((last) => ({ ip: `10.42.0.${last}` }))
  const object = { metadata: { name: 'e' }, subsets: [{ addresses, ports: [{ port: 80 }] }] }
  expect(row('endpoints', object as KubeObject, '2026-11-21T10:02:14Z')[1]).toBe(
    '10.42.0.1:80,10.42.0.2:80,10.42.0.3:80 + 2 more...',
  )
})

test('an event of the new kind takes its time, source and count from where they are', () => {
  const real = exchange<Table>('table-events').response.rows[0]?.cells as string[]
  const object = {
    metadata: { name: real[9] ?? '' },
    involvedObject: { kind: 'Pod', name: real[3]?.split('/')[1] },
    type: 'Warning',
    reason: 'FailedScheduling',
    message: `${real[6]} `,
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: '2026-11-21T10:25:40.000000Z',
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-vm',
    source: {},
  }
  expect(row('events', object as KubeObject, '2026-11-21T10:26:19Z')).toEqual(real)
})
