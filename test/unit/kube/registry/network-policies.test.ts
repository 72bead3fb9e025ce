import { describe, expect, test } from 'vitest'
import { create, definitionOf, update } from './golden.ts'

function policyOf(spec: unknown) {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'a' }, spec }
}

/** `field: message` of all that is wrong with it. */
function faults(spec: unknown): string[] {
  return create('networkpolicies', policyOf(spec)).errors.map(({ field, message }) => `${field}: ${message}`)
}

const SELECTED = { podSelector: {} }
const withPort = (port: unknown) => ({ ...SELECTED, ingress: [{ ports: [port] }] })
const withPeer = (peer: unknown) => ({ ...SELECTED, egress: [{ to: [peer] }] })

describe('A new NetworkPolicy', () => {
  test('is about ingress alone when it says neither types nor egress.', () => {
    const { prepared } = create('networkpolicies', policyOf({ podSelector: {} }))
    expect(prepared).toMatchObject({ metadata: { generation: 1 }, spec: { policyTypes: ['Ingress'] } })
  })

  test('is about both when it has egress rules, and its ports are of TCP.', () => {
    const { prepared } = create(
      'networkpolicies',
      policyOf({ ...SELECTED, egress: [{ ports: [{ port: 53 }] }] }),
    )
    expect(prepared.spec).toEqual({
      podSelector: {},
      egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }],
      policyTypes: ['Ingress', 'Egress'],
    })
  })

  test('is about what it says, though it has rules for more.', () => {
    const { prepared } = create(
      'networkpolicies',
      policyOf({ ...SELECTED, egress: [{}], policyTypes: ['Ingress'] }),
    )
    expect(prepared.spec.policyTypes).toEqual(['Ingress'])
  })
})

test('A changed spec is another generation, a changed label is not.', () => {
  const { prepared } = create('networkpolicies', policyOf({ podSelector: {} }))
  const labelled = { ...prepared, metadata: { ...prepared.metadata, labels: { a: 'b' } } }
  expect(update('networkpolicies', labelled, prepared).prepared.metadata.generation).toBe(1)
  const changed = { ...prepared, spec: { ...prepared.spec, ingress: [{}] } }
  expect(update('networkpolicies', changed, prepared).prepared.metadata.generation).toBe(2)
})

test.each<[string, unknown, string[]]>([
  [
    'of three types',
    { ...SELECTED, policyTypes: ['Ingress', 'Egress', 'Ingress'] },
    [
      'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ],
  ],
  [
    'of an unknown type',
    { ...SELECTED, policyTypes: ['Sideways'] },
    ['spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Egress", "Ingress"'],
  ],
  [
    'with an unknown protocol',
    withPort({ protocol: 'ICMP' }),
    ['spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'],
  ],
  [
    'with a port that is none',
    withPort({ port: 70_000 }),
    ['spec.ingress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  [
    'with a name that is no port name',
    withPort({ port: 'web_port' }),
    [
      'spec.ingress[0].ports[0].port: Invalid value: "web_port": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
  ],
  [
    'with a range that ends before it begins',
    withPort({ port: 80, endPort: 79 }),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`'],
  ],
  [
    'with a range from a name',
    withPort({ port: 'web', endPort: 90 }),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric'],
  ],
  [
    'with an end of nothing',
    withPort({ endPort: 90 }),
    [
      'spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is not specified',
    ],
  ],
  ['with an empty peer', withPeer({}), ['spec.egress[0].to[0]: Required value: must specify a peer']],
  [
    'with a block and pods',
    withPeer({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
    ['spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer'],
  ],
  [
    'with a block without network',
    withPeer({ ipBlock: {} }),
    ['spec.egress[0].to[0].ipBlock.cidr: Required value'],
  ],
  [
    'with an address as block',
    withPeer({ ipBlock: { cidr: '10.0.0.1' } }),
    [
      'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.1": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    'with exceptions outside of the block',
    withPeer({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16', '10.0.0.0/8', 'x'] } }),
    [
      'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
      'spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    'with exceptions of IPv6',
    withPeer({ ipBlock: { cidr: '2001:db8::/64', except: ['2001:db8:0:0:1::/80', '2001:db9::/80'] } }),
    [
      'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "2001:db9::/80": must be a strict subset of `cidr`',
    ],
  ],
  [
    'with a label value that is none',
    { podSelector: { matchLabels: { app: 'a b' } } },
    [expect.stringContaining('spec.podSelector.matchLabels: Invalid value: "a b"')],
  ],
])("A NetworkPolicy %s is refused in upstream's words.", (_name, spec, expected) => {
  expect(faults(spec)).toEqual(expected)
})

test('Its columns are name, selector and age.', () => {
  const now = new Date('2026-01-01T00:01:00Z')
  const policy = policyOf({ podSelector: { matchLabels: { app: 'web' } } })
  const object = { ...policy, metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z' } }
  const { columns } = definitionOf('networkpolicies')
  expect(columns.map(({ name }) => name)).toEqual(['Name', 'Pod-Selector', 'Age'])
  expect(columns.map((column) => column.cell(object, now))).toEqual(['a', 'app=web', '60s'])
})
