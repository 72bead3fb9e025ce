import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { IpipTunnel } from '../../../src/dataplane/calico/tunnel/ipip-tunnel.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { eventually } from '../../helpers/control-plane.ts'
import { run, sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

const ADDRESSES = ['172.19.0.10', '172.19.0.11', '172.19.0.12']
const BLOCKS = ['192.168.135', '192.168.166', '192.168.104']

let nodes: SandboxNodes
let tunnels: IpipTunnel[]
const problems: string[] = []

/** As a node has it that has neither the kernel's tunnel nor a TUN. */
const ONLY_VETH = `! ip link show tunl0 || ip link set tunl0 name other0
ip link add tunl0 type veth peer name tunl0-program`

/** An address behind the node as a pod's would be, the tunnel, and routes to the blocks of the others. */
async function prepare(machine: Machine, index: number): Promise<void> {
  await tunnels[index]?.ensure(`${BLOCKS[index]}.200`)
  const others = [0, 1, 2].filter((other) => other !== index)
  const lines = [
    `link add pod type veth peer name inside`,
    `link set pod up`,
    `link set inside up`,
    `address add ${BLOCKS[index]}.1/32 dev pod`,
    ...others.map((other) => `route add ${BLOCKS[other]}.0/24 via ${ADDRESSES[other]} dev tunl0 onlink`),
  ]
  await run(
    machine,
    'sh',
    '-c',
    `printf '%s\\n' "$@" | ip -batch - && sysctl -wq net.ipv4.ip_forward=1`,
    'sh',
    ...lines,
  )
}

const machine = (index: number): Machine => {
  const one = nodes.machines[index]
  if (!one) throw new Error(`no node${index}`)
  return one
}

const ping = async (from: number, to: string, ...options: string[]) => {
  const { stdout, stderr } = await machine(from).exec([
    'ping',
    '-c',
    '1',
    '-W',
    '1',
    '-I',
    `${BLOCKS[from]}.1`,
    ...options,
    to,
  ])
  return stdout + stderr
}

/** What was sent first may have gone before anybody knew. */
const pingUntilTold = (from: number, to: string) =>
  eventually(
    () => ping(from, to, '-M', 'do', '-s', '1400'),
    (said) => said.includes('Frag needed and DF set (mtu = 1380)') || said.includes('mtu=1380'),
    5000,
  )

/** Fields of the packets that arrive at a node while something happens. */
async function capture(
  index: number,
  filter: string,
  fields: string[],
  during: () => Promise<unknown>,
): Promise<string[]> {
  const options = ['-q', '-i', 'eth0', '-f', filter, '-a', 'duration:1', '-P', '-w', '/run/seen.pcap']
  const dump = machine(index).spawn(['dumpcap', ...options])
  await new Promise<void>((resolve) =>
    dump.stderr.on('data', (text) => String(text).includes('File') && resolve()),
  )
  await during()
  await dump.exited
  const argv = ['tshark', '-r', '/run/seen.pcap', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])]
  return (await run(machine(index), ...argv)).trim().split('\n')
}

describe.each([
  ['as node and user have it', ':'],
  ['of a veth', ONLY_VETH],
])('a tunl0 %s', (_title, before) => {
  beforeAll(async () => {
    problems.length = 0
    nodes = await sandboxNodes(ADDRESSES)
    tunnels = nodes.machines.map((one) => new IpipTunnel(one, (problem) => problems.push(String(problem))))
    await Promise.all(nodes.machines.map((one) => run(one, 'sh', '-c', before)))
    await Promise.all(nodes.machines.map(prepare))
  })
  afterAll(async () => {
    await Promise.all(tunnels.map((tunnel) => tunnel.remove()))
    nodes.close()
  })

  test('a packet travels in another one, of protocol 4, from node to node', async () => {
    const fields = [
      'frame.protocols',
      'ip.proto',
      'ip.src',
      'ip.dst',
      'ip.ttl',
      'ip.flags.df',
      'ip.dsfield',
      'ip.len',
      'ip.checksum.status',
    ]
    const seen = await capture(1, 'ip proto 4', fields, async () => {
      expect(await ping(0, `${BLOCKS[1]}.1`, '-t', '33', '-Q', '0x13', '-M', 'do')).toMatch(/ttl=\d+ /)
    })
    const [request = '', reply = ''] = seen
    expect(request.split('\t').slice(0, 7)).toEqual([
      'eth:ethertype:ip:ip:icmp:data',
      '4,1',
      `${ADDRESSES[0]},${BLOCKS[0]}.1`,
      `${ADDRESSES[1]},${BLOCKS[1]}.1`,
      '33,33',
      // Booleans are 1 or True by tshark's version.
      expect.stringMatching(/^(1,1|True,True)$/),
      '0x02,0x13',
    ])
    expect(request.split('\t')[7]).toBe('104,84')
    expect(reply.split('\t')[2]).toBe(`${ADDRESSES[1]},${BLOCKS[1]}.1`)
  })

  test('packets of every size that the MTU lets through arrive, and larger ones in pieces', async () => {
    expect(await ping(0, `${BLOCKS[1]}.1`, '-M', 'do', '-s', String(1480 - 28))).toMatch(/ttl=/)
    expect(await ping(0, `${BLOCKS[1]}.1`, '-M', 'do', '-s', String(1480 - 27))).toMatch(/message too long/i)
    expect(await ping(0, `${BLOCKS[1]}.1`, '-s', '4000')).toMatch(/ttl=/)
  })

  test('the kernel’s routes decide where packets go, from the moment they are changed', async () => {
    await run(
      machine(0),
      'ip',
      'route',
      'replace',
      `${BLOCKS[1]}.1/32`,
      'via',
      ADDRESSES[2] ?? '',
      'dev',
      'tunl0',
      'onlink',
    )
    const seen = await capture(2, `ip proto 4 and src host ${ADDRESSES[0]}`, ['ip.dst'], () =>
      ping(0, `${BLOCKS[1]}.1`),
    )
    expect(seen[0]).toBe(`${ADDRESSES[2]},${BLOCKS[1]}.1`)
    await run(machine(0), 'ip', 'route', 'delete', `${BLOCKS[1]}.1/32`)
    expect(await ping(0, `${BLOCKS[1]}.1`)).toMatch(/ttl=/)
    // A route that leads nowhere does not make packets go round and round in the tunnel.
    await run(machine(0), 'ip', 'route', 'add', '10.9.9.9', 'dev', 'tunl0')
    const lost = await capture(0, 'ip proto 4', ['ip.dst'], () => ping(0, '10.9.9.9'))
    expect(lost).toEqual([''])
  })

  test('who asks for it again finds it as it is, or with the new address', async () => {
    await tunnels[0]?.ensure(`${BLOCKS[0]}.201`)
    const addresses = await run(machine(0), 'ip', '-br', 'address', 'show', 'tunl0')
    expect(addresses).toContain(`${BLOCKS[0]}.201/32`)
    expect(addresses).not.toContain(`${BLOCKS[0]}.200/32`)
    expect(await ping(0, `${BLOCKS[1]}.1`)).toMatch(/ttl=/)
  })

  test('a program that is killed leaves device and routes, and is started again', async ({ skip }) => {
    if ((await tunnels[0]?.ensure(`${BLOCKS[0]}.200`)) === 'ipip') skip('the kernel has IP-in-IP')
    await run(machine(0), 'sh', '-c', 'kill -KILL $(cat /run/knet-ipip.pid)')
    expect(await run(machine(0), 'ip', 'route', 'show', 'dev', 'tunl0')).toContain(
      `${BLOCKS[1]}.0/24 via ${ADDRESSES[1]}`,
    )
    await eventually(
      () => ping(0, `${BLOCKS[1]}.1`),
      (said) => said.includes('ttl='),
      10_000,
    )
    expect(problems).toEqual([expect.stringContaining('the program behind tunl0 on node0 ended with 137')])
  })

  test('what is too large for the way is told to its sender, or goes in pieces', async () => {
    const setMtu = (mtu: number) =>
      Promise.all([0, 1].map((i) => run(machine(i), 'ip', 'link', 'set', 'eth0', 'mtu', String(mtu))))
    await setMtu(1400)
    await pingUntilTold(0, `${BLOCKS[1]}.1`)
    expect(await ping(0, `${BLOCKS[1]}.1`, '-M', 'dont', '-s', '1400')).toMatch(/ttl=/)
    await setMtu(1500)
    // As after a word of a router on the way.
    await run(machine(0), 'ip', 'route', 'add', ADDRESSES[2] ?? '', 'dev', 'eth0', 'mtu', '1400')
    await pingUntilTold(0, `${BLOCKS[2]}.1`)
    expect(await ping(0, `${BLOCKS[2]}.1`, '-M', 'dont', '-s', '1400')).toMatch(/ttl=/)
  })

  test('when it is taken away its routes go along, and nothing is left', async () => {
    await tunnels[2]?.remove()
    expect(await run(machine(2), 'ip', 'route')).not.toContain('tunl0')
    expect(await run(machine(2), 'ip', '-br', 'address')).not.toContain(`${BLOCKS[2]}.200`)
  })
})
