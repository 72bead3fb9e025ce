import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Attachment } from '../../../../src/dataplane/cni/attachment.ts'
import { caliName } from '../../../../src/dataplane/cni/calico-plugin.ts'
import { createCni } from '../../../../src/dataplane/cni/cni.ts'
import { parseFacts } from '../../../../src/dataplane/cni/node-facts.ts'
import type { RemoteIpam } from '../../../../src/dataplane/cni/remote-ipam.ts'
import { hostMachine } from '../../../../src/machine/host.ts'

const golden = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../golden/calico', name), 'utf8')
const CONF = golden('10-calico.conflist.node0').replace('node0', 'node1')
const ID = 'aec495e18bd8df8043e29ff53d84a0593ae7e4f3019a1227bbce2eee9676fc18'

function attachment(overrides: Partial<Attachment> = {}): Attachment {
  return {
    containerId: ID,
    netns: '/var/run/netns/cni-73e634db',
    netnsName: 'cni-73e634db',
    ifName: 'eth0',
    podNamespace: 'demo',
    podName: 'web-0',
    portMappings: [],
    dns: {
      servers: ['10.43.0.10'],
      searches: ['demo.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    },
    ...overrides,
  }
}

/** An IPAM with one address. */
class OneAddress implements RemoteIpam {
  readonly released: string[] = []
  problem = ''
  assign(): Promise<string> {
    return this.problem ? Promise.reject(new Error(this.problem)) : Promise.resolve('192.168.166.129')
  }
  async release({ containerId }: Attachment): Promise<void> {
    this.released.push(containerId)
  }
}

function node(records: Readonly<Record<string, string>> = { nodename: 'node1' }) {
  const ipam = new OneAddress()
  const shell = { run: async () => ({ exitCode: 0, output: '' }) }
  const cni = createCni({ shell, machine: hostMachine(), ipams: new Map([['calico-ipam', ipam]]) })
  const conf = `conf\u001f/etc/cni/net.d/10-calico.conflist\u001f${CONF}\u001e`
  const facts = parseFacts(
    conf +
      Object.entries(records)
        .map(([kind, rest]) => `${kind}\u001f${rest}\u001e`)
        .join(''),
  )
  const effects = async () => {
    const plan = await cni.plan(attachment(), facts)
    if (plan.kind !== 'effects') throw new Error('expected built-in plugins only')
    return plan.effects
  }
  return { ipam, cni, facts, effects }
}

test('interfaces are called as real Calico calls them', () => {
  expect(caliName('demo', 'web-0')).toBe('cali50aeaf5a85d')
  expect(caliName('demo', 'client-1')).toBe('cali923f6ebc99a')
})

test('the result is kept as the real node has it', async () => {
  const { nodeLines } = await node().effects()
  const written = nodeLines.find((line) => line.endsWith(`>/var/lib/cni/results/k8s-pod-network-${ID}-eth0`))
  const text = /^printf %s '(.*)' >/s.exec(written ?? '')?.[1] ?? '{}'
  const real =
    golden('cni-results.node1.txt')
      .split('\n')
      .find((line) => line.includes('"web-0"')) ?? '{}'
  const parsed = (json: string) => {
    const value = JSON.parse(json) as { config: string; cniArgs: string[][]; capabilityArgs: object }
    return {
      ...value,
      config: Buffer.from(value.config, 'base64').toString(),
      cniArgs: new Map(value.cniArgs as [string, string][]),
    }
  }
  expect(parsed(text)).toEqual(parsed(real))
})

test('a pod’s MTU is the configuration’s, else what calico/node found out', async () => {
  const mtus = async (records: Record<string, string>) =>
    (await node({ nodename: 'node1', ...records }).effects()).nodeLinks[0]?.match(/mtu \d+/g)
  expect(await mtus({})).toEqual(['mtu 1500', 'mtu 1500'])
  expect(await mtus({ mtu: '1480\n' })).toEqual(['mtu 1480', 'mtu 1480'])
})

test('without calico/node a pod is refused in the plugin’s words, and its address is given back', async () => {
  const { effects, ipam } = node({})
  await expect(effects()).rejects.toThrow(
    'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/',
  )
  expect(ipam.released).toEqual([ID])
})

test('what the IPAM says is the plugin’s failure', async () => {
  const { effects, ipam } = node()
  ipam.problem = 'failed to request IPv4 addresses: no'
  await expect(effects()).rejects.toThrow(
    'plugin type="calico" failed (add): failed to request IPv4 addresses: no',
  )
})

test('deleting the attachment gives the address back and takes the interface away', async () => {
  const { cni, facts, ipam } = node()
  const plan = await cni.plan(attachment(), facts)
  const removal = await cni.remove(
    { attachment: attachment(), network: plan.network, result: undefined },
    new Set(),
  )
  expect(removal.interfaces).toEqual(['cali50aeaf5a85d'])
  expect(ipam.released).toEqual([ID])
})
