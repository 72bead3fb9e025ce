import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Attachment } from '../../../../src/dataplane/cni/attachment.ts'
import { createCni } from '../../../../src/dataplane/cni/cni.ts'
import { parseFacts } from '../../../../src/dataplane/cni/node-facts.ts'
import { hostMachine } from '../../../../src/machine/host.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, '../../../golden/cni', name), 'utf8')
const ENV =
  'FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_SUBNET=10.42.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n'
/** The first pod of node1 in the golden files. */
const ID = 'ea780b0a07810d258bf8c53c35986f67e3332bf5b336eee10f21248cf1d7dd20'
const shell = { run: async () => ({ exitCode: 0, output: '' }) }
const cni = createCni({ shell, machine: hostMachine(), ipams: new Map() })

function facts(records: Readonly<Record<string, string>> = {}) {
  const conf = `conf\u001f/etc/cni/net.d/10-flannel.conflist\u001f${golden('10-flannel.conflist')}\u001e`
  const others = Object.entries(records).map(([kind, rest]) => `${kind}\u001f${rest}\u001e`)
  return parseFacts(conf + others.join(''))
}

function attachment(overrides: Partial<Attachment> = {}): Attachment {
  return {
    containerId: ID,
    netns: '/var/run/netns/cni-eda4278d-4641-0f71-5a9c-70df20d6dc5a',
    netnsName: 'cni-eda4278d-4641-0f71-5a9c-70df20d6dc5a',
    ifName: 'eth0',
    podNamespace: 'default',
    podName: 'hello-kubernetes-ffd764cf9-5zjdb',
    portMappings: [],
    dns: {
      servers: ['10.43.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    },
    ...overrides,
  }
}

/** Files that shell lines such as `printf %s '…' >path` write. */
function writtenFiles(lines: readonly string[]): Record<string, string> {
  const writes = lines.flatMap((line) => {
    const match = /^printf %s (?:'(.*)'|(\S+)) >(\S+)$/s.exec(line)
    return match ? [[match[3] ?? '', match[1] ?? match[2] ?? ''] as const] : []
  })
  return Object.fromEntries(writes)
}

/** The golden files of one container, by path. */
function goldenFiles(): Record<string, string> {
  const sections = golden('var-lib-cni.node1.txt').split(/^== /m)
  return Object.fromEntries(
    sections.map((section) => {
      const at = section.indexOf('\n')
      return [section.slice(0, at), section.slice(at + 1).replace(/\n$/, '')]
    }),
  )
}

/** MACs, veth names and the order of CNI_ARGS are chance. */
function withoutChance(json: string): unknown {
  const value = JSON.parse(
    json.replaceAll(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC').replaceAll(/veth[0-9a-f]{8}/g, 'VETH'),
  ) as { cniArgs?: string[][] }
  value.cniArgs?.sort()
  return value
}

async function planned(given = attachment(), found = facts({ env: ENV })) {
  const plan = await cni.plan(given, found)
  if (plan.kind !== 'effects') throw new Error('expected built-in plugins only')
  return plan.effects
}

test("flannel's files under /var/lib/cni are those of the real node", async () => {
  const files = writtenFiles((await planned()).nodeLines)
  const expected = goldenFiles()
  const cached = Object.keys(expected).filter((path) => path.includes(ID))
  expect(cached).toHaveLength(3)
  for (const path of cached) {
    expect(withoutChance(files[path] ?? '{}'), path).toEqual(withoutChance(expected[path] ?? ''))
  }
  expect(files['/var/lib/cni/networks/cbr0/10.42.1.2']).toBe(`${ID}\r\neth0`)
  expect(files['/var/lib/cni/networks/cbr0/last_reserved_ip.0']).toBe('10.42.1.2')
})

test('pods of one batch get addresses one after the other and make the bridge once', async () => {
  const found = facts({ env: ENV })
  const first = await planned(attachment(), found)
  const second = await planned(attachment({ containerId: 'b' }), found)
  expect(first.podLinks).toContain('addr add 10.42.1.2/24 brd + dev eth0')
  expect(second.podLinks).toContain('addr add 10.42.1.3/24 brd + dev eth0')
  expect(first.nodeLinks.filter((line) => line.startsWith('link add name cni0'))).toHaveLength(1)
  expect(second.nodeLinks.filter((line) => line.startsWith('link add name cni0'))).toEqual([])
})

test('addresses go on from the last one given, wrap round and skip those taken', async () => {
  const network = '/var/lib/cni/networks/cbr0'
  const found = facts({
    env: ENV,
    last: `${network}/last_reserved_ip.0\u001f10.42.1.254`,
    ip: `${network}/10.42.1.2`,
  })
  expect((await planned(attachment(), found)).podLinks).toContain('addr add 10.42.1.3/24 brd + dev eth0')
})

test("a full range is refused in host-local's words", async () => {
  const small = ENV.replace('10.42.1.1/24', '10.42.1.1/30')
  const found = facts({ env: small, ip: '/var/lib/cni/networks/cbr0/10.42.1.2' })
  await expect(planned(attachment(), found)).rejects.toThrow(
    'plugin type="flannel" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.42.1.1-10.42.1.2',
  )
})

test("a missing subnet.env is refused in flannel's words", async () => {
  await expect(planned(attachment(), facts())).rejects.toThrow(
    'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  )
})

test('a subnet.env without its values names what is missing', async () => {
  await expect(
    planned(attachment(), facts({ env: 'FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_MTU=1450\n' })),
  ).rejects.toThrow('/run/flannel/subnet.env is missing FLANNEL_SUBNET, FLANNEL_IPMASQ')
})

test('another address on the bridge is replaced, since flannel says forceAddress', async () => {
  const bridges = JSON.stringify([
    {
      ifname: 'cni0',
      address: '0a:00:00:00:00:01',
      addr_info: [{ family: 'inet', local: '10.9.9.1', prefixlen: 24 }],
    },
  ])
  const { nodeLinks } = await planned(attachment(), facts({ env: ENV, bridges }))
  expect(nodeLinks.slice(-2)).toEqual([
    'addr del 10.9.9.1/24 dev cni0',
    'addr add 10.42.1.1/24 brd + dev cni0',
  ])
})

test('an executable in /opt/cni/bin is run, even when we have a built-in of that name', async () => {
  expect((await cni.plan(attachment(), facts({ env: ENV, plugin: 'portmap' }))).kind).toBe('run')
})

test('a node without configuration has the problem that containerd reports', async () => {
  expect(await cni.problem()).toBe('Network plugin returns error: cni plugin not initialized')
})

test('a host port whose address is none is passed over: the API server lets any text through', async () => {
  const mapping = { hostPort: 80, containerPort: 8080, protocol: 'tcp' }
  const portMappings = [
    { ...mapping, hostIP: '10.0.0.1;reboot' },
    { ...mapping, hostPort: 81, hostIP: '172.19.0.3' },
  ]
  const { nodeLines } = await planned(attachment({ portMappings }))
  const lines = nodeLines.filter((line) => line.startsWith('iptables')).join('\n')
  expect(lines).not.toContain('reboot')
  expect(lines).toContain('-d 172.19.0.3 -p tcp --dport 81')
})

test.each([
  [
    { name: 'x;reboot', plugins: [{ type: 'flannel' }] },
    'invalid characters found in network name: x;reboot',
  ],
  [{ name: 'x', plugins: [{ type: '../../bin/sh' }] }, 'invalid plugin name: ../../bin/sh'],
  [
    { name: 'x', plugins: [{ type: 'bridge', bridge: 'a $(reboot)', ipam: { type: 'host-local' } }] },
    'failed to create bridge "a $(reboot)": could not add "a $(reboot)": invalid argument',
  ],
])('names that would mean something to a shell or a path are refused: %o', async (list, words) => {
  const content = JSON.stringify({ cniVersion: '0.3.1', ...list })
  const found = parseFacts(`conf\u001f/etc/cni/net.d/1.conflist\u001f${content}\u001eenv\u001f${ENV}\u001e`)
  await expect(cni.plan(attachment(), found)).rejects.toThrow(words)
})
