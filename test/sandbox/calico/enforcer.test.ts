import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ActiveRule, ActiveSet, RuleSet } from '../../../src/dataplane/calico/felix/active.ts'
import { startEnforcer, type Enforcer } from '../../../src/dataplane/calico/felix/enforcer.ts'
import { marksIn } from '../../../src/dataplane/calico/rules/marks.ts'
import type { Surroundings } from '../../../src/dataplane/calico/rules/surroundings.ts'
import { machineShell, type NodeShell } from '../../../src/dataplane/cni/node-shell.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import {
  activeSetOf,
  ANY,
  golden,
  rule,
  SCENES,
  type Scene,
  surroundingsOf,
} from '../../helpers/felix-golden.ts'
import { run, sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

let nodes: SandboxNodes
let machine: Machine
let felix: Enforcer | undefined
/** What Felix is to enforce: tests replace it, and touch. */
let active: ActiveSet
let around: Surroundings
const scripts: string[] = []
const problems: unknown[] = []

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.10'])
  machine = nodes.machines[0]!
})
afterAll(() => nodes.close())
afterEach(() => {
  felix?.stop()
  expect(problems.splice(0)).toEqual([])
})

async function felixFor(scene: Scene, node: number): Promise<Enforcer> {
  const shell = machineShell(machine)
  const noted: NodeShell = {
    run(script) {
      scripts.push(script)
      return shell.run(script)
    },
  }
  active = activeSetOf(scene, node)
  around = surroundingsOf(scene, node)
  felix?.stop()
  felix = startEnforcer({
    machine,
    shell: noted,
    known: Promise.resolve(),
    active: () => active,
    surroundings: () => around,
    onProblem: (problem) => problems.push(problem),
  })
  await felix.settled()
  scripts.length = 0
  return felix
}

async function change(next: {
  readonly active?: ActiveSet
  readonly around?: Surroundings
}): Promise<string[]> {
  active = next.active ?? active
  around = next.around ?? around
  scripts.length = 0
  felix?.touch()
  await felix?.settled()
  return scripts
}

/** Calico's lines, table by table: rules in order, chains by name. */
function calicos(saved: string): string[] {
  const lines = saved.split('\n').map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
  const sections = new Map<string, string[]>()
  let section: string[] = []
  for (const line of lines) {
    if (line.startsWith('*')) sections.set(line, (section = [line]))
    else if (/^:cali-|"cali:/.test(line)) section.push(line)
  }
  return ['*raw', '*mangle', '*nat', '*filter'].flatMap((name) => sections.get(name) ?? [])
}

/** The addresses of the machine that the recording is of are others. */
function sets(saved: string): string[] {
  const lines = saved.split('\n').filter((line) => line && !line.startsWith('add cali40this-host'))
  return lines.map((line) => line.replace(/ (bucketsize|initval).*/, '')).toSorted()
}

/** Without the time. */
const rules = async () => (await run(machine, 'iptables-save')).replaceAll(/^#.*\n/gm, '')
const ipsets = () => run(machine, 'ipset', 'save')

test.each(SCENES.flatMap((scene) => [0, 1, 2].map((node) => ({ scene, node }))))(
  'iptables-save and ipset print for $scene on node #$node what they did on a real one',
  async ({ scene, node }) => {
    await felixFor(scene, node)
    expect(calicos(await rules())).toEqual(calicos(golden(scene, 'iptables', node)))
    expect(sets(await ipsets())).toEqual(sets(golden(scene, 'ipset', node)))
  },
)

test('the addresses of the node itself are in a set', async () => {
  await felixFor('vxlan', 1)
  const members = (await ipsets()).match(/^add cali40this-host .*/gm)?.map((line) => line.split(' ')[2])
  expect(members?.toSorted()).toEqual(
    ['127.0.0.0', '127.0.0.1', '172.19.0.10', '172.30.0.11', '192.168.166.131'].toSorted(),
  )
})

test('IP-in-IP is taken from nodes of the cluster only; networks of services that nobody has go nowhere', async () => {
  await felixFor('noencap', 1)
  await change({
    around: {
      ...surroundingsOf('noencap', 1),
      ipip: true,
      tunnels: ['tunl0'],
      serviceCidrs: ['10.43.0.0/16'],
    },
  })
  const saved = (await rules()).replaceAll(/ -m comment --comment "cali:\S+"/g, '')
  const comment = (words: string) => `-m comment --comment "${words}"`
  expect(saved.split('\n')).toEqual(
    expect.arrayContaining([
      `-A cali-INPUT -p ipencap ${comment('Allow IPIP packets from Calico hosts')} -m set --match-set cali40all-hosts-net src -m addrtype --dst-type LOCAL -j ACCEPT`,
      `-A cali-INPUT -p ipencap ${comment('Drop IPIP packets from non-Calico hosts')} -j DROP`,
      `-A cali-OUTPUT -p ipencap ${comment('Allow IPIP packets to other Calico hosts')} -m set --match-set cali40all-hosts-net dst -m addrtype --src-type LOCAL -j ACCEPT`,
      '-A cali-POSTROUTING -o tunl0 -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully',
      '-A cali-cidr-block -d 10.43.0.0/16 -j DROP',
    ]),
  )
  expect((await ipsets()).match(/^add cali40all-hosts-net .*/gm)).toHaveLength(3)
})

const POLICY_SCENE: Scene = 'f-globalnetworkpolicy'

test('what did not change is not written, and no process runs for it', async () => {
  await felixFor(POLICY_SCENE, 1)
  expect(
    await change({ active: activeSetOf(POLICY_SCENE, 1), around: surroundingsOf(POLICY_SCENE, 1) }),
  ).toEqual([])
})

test('a second Felix over rules that are there writes nothing, and removes what is no longer wanted', async () => {
  await felixFor(POLICY_SCENE, 1)
  const before = await rules()
  await felixFor(POLICY_SCENE, 1)
  expect(await rules()).toBe(before)
  await felixFor('noencap', 1)
  expect(calicos(await rules())).toEqual(calicos(golden('noencap', 'iptables', 1)))
  expect(await ipsets()).not.toContain('cali40s:')
})

test('a new member of a set is one command, and no chain is written', async () => {
  await felixFor(POLICY_SCENE, 1)
  const [id = '', set] = [...active.ipSets][0] ?? []
  if (!set) throw new Error('expected a set')
  const members = new Set([...set.members, '192.168.104.99/32'])
  const written = await change({ active: { ...active, ipSets: new Map([[id, { ...set, members }]]) } })
  expect(written.map((script) => script.split('\n'))).toEqual([
    ["ipset -exist restore <<'END' || exit", 'add cali40s:o1PtQqUEspRKXZ7BgYzWL3y 192.168.104.99', 'END'],
  ])
})

test('a policy that goes takes its chains and its set with it; only chains that changed are written', async () => {
  await felixFor(POLICY_SCENE, 1)
  const [written = '', ...more] = await change({ active: activeSetOf('noencap', 1) })
  expect(more.every((script) => script.includes('\ndestroy cali40s:'))).toBe(true)
  expect(written.match(/^:\S+/gm)?.toSorted()).toEqual([
    ':cali-fw-cali50aeaf5a85d',
    ':cali-pi-default.allow-rest',
    ':cali-pi-default.deny-probe',
    ':cali-po-default.allow-rest',
    ':cali-tw-cali50aeaf5a85d',
  ])
  expect(calicos(await rules())).toEqual(calicos(golden('noencap', 'iptables', 1)))
  expect(sets(await ipsets())).toEqual(sets(golden('noencap', 'ipset', 1)))
})

test.each([
  ['flushes a chain', 'iptables -F cali-FORWARD'],
  ['flushes the filter table', 'iptables -F; iptables -X'],
  ['takes the jump away', 'iptables -D FORWARD 1'],
  ['puts a rule before the jump', 'iptables -I FORWARD -j ACCEPT'],
  ['lets all into a pod', 'iptables -I cali-tw-cali50aeaf5a85d -j RETURN'],
  ['empties a set', 'ipset flush cali40masq-ipam-pools; ipset add cali40all-ipam-pools 10.0.0.0/8'],
])('ensure puts all back in place when somebody %s', async (_, what) => {
  const running = await felixFor(POLICY_SCENE, 1)
  await run(machine, 'sh', '-c', what)
  const isOfSets = what.startsWith('ipset')
  expect(await running.ensure()).toEqual([isOfSets ? 'Calico’s ipsets' : 'Calico’s iptables rules'])
  expect(await running.ensure()).toEqual([])
  expect(calicos(await rules())).toEqual(calicos(golden(POLICY_SCENE, 'iptables', 1)))
  expect(sets(await ipsets())).toEqual(sets(golden(POLICY_SCENE, 'ipset', 1)))
  const forward = (await rules()).match(/^-A FORWARD .*/gm)
  expect(forward?.[0]).toContain('-j cali-FORWARD')
  expect(forward?.at(-1)).toContain('-j MARK --set-xmark 0x10000/0x10000')
})

test('a refresh looks too: of sets alone, or of everything', async () => {
  const running = await felixFor(POLICY_SCENE, 1)
  await run(machine, 'sh', '-c', 'iptables -F cali-FORWARD; ipset flush cali40masq-ipam-pools')
  running.refresh('sets')
  await running.settled()
  expect(sets(await ipsets())).toEqual(sets(golden(POLICY_SCENE, 'ipset', 1)))
  expect(await rules()).not.toContain('-A cali-FORWARD')
  running.refresh('all')
  await running.settled()
  expect(calicos(await rules())).toEqual(calicos(golden(POLICY_SCENE, 'iptables', 1)))
})

test('other settings are other rules, at once; jumps go to the end and come back', async () => {
  await felixFor(POLICY_SCENE, 1)
  await run(machine, 'iptables', '-A', 'OUTPUT', '-j', 'ACCEPT')
  const usual = surroundingsOf(POLICY_SCENE, 1)
  const other = { logPrefix: 'seen', marks: marksIn(0xff00), maxSetSize: 5000 }
  const settings = { ...usual.settings, insertMode: 'append' as const, ...other }
  await change({ around: { ...usual, settings } })
  const filter = (await rules()).split('*filter')[1]?.split('COMMIT')[0]
  const output = filter?.match(/^-A OUTPUT .*/gm)?.map((line) => line.replace(/.*-j /, ''))
  expect(output).toEqual(['ACCEPT', 'cali-OUTPUT'])
  expect(await rules()).toContain('--mark 0x100/0x100')
  expect(await rules()).not.toContain('--mark 0x10000/0x10000')
  expect((await ipsets()).match(/maxelem \d+/g)?.every((size) => size === 'maxelem 5000')).toBe(true)
  await run(machine, 'iptables', '-D', 'OUTPUT', '-j', 'ACCEPT')
  await change({ around: usual })
  expect(sets(await ipsets())).toEqual(sets(golden(POLICY_SCENE, 'ipset', 1)))
  expect(calicos(await rules())).toEqual(calicos(golden(POLICY_SCENE, 'iptables', 1)))
})

test('rules of others in the same chains stay where they are', async () => {
  await run(machine, 'iptables', '-F', 'FORWARD')
  await run(machine, 'iptables', '-A', 'FORWARD', '-m', 'comment', '--comment', 'kube', '-j', 'ACCEPT')
  const running = await felixFor('noencap', 1)
  await run(machine, 'iptables', '-D', 'FORWARD', '1')
  await running.ensure()
  const forward = (await rules()).match(/^-A FORWARD .*/gm)?.map((line) => line.replace(/.*-j /, ''))
  expect(forward).toEqual(['cali-FORWARD', 'ACCEPT', 'ACCEPT', 'MARK --set-xmark 0x10000/0x10000'])
  await run(machine, 'iptables', '-D', 'FORWARD', '2')
})

test('a set that a rule of somebody else names stays, and Felix goes on', async () => {
  await felixFor(POLICY_SCENE, 1)
  const mine = ['INPUT', '-m', 'set', '--match-set', 'cali40s:o1PtQqUEspRKXZ7BgYzWL3y', 'src', '-j', 'ACCEPT']
  await run(machine, 'iptables', '-A', ...mine)
  await change({ active: activeSetOf('noencap', 1) })
  expect(await ipsets()).toContain('create cali40s:')
  await run(machine, 'iptables', '-D', ...mine)
  await felix?.ensure()
  expect(await ipsets()).not.toContain('cali40s:')
})

/** Policies of every shape that a rule can have. */
function manyPolicies(count: number, name = 'number'): ActiveSet {
  const base = activeSetOf(POLICY_SCENE, 1)
  const ports = (n: number) =>
    Array.from({ length: n }, (_, i) => ({ first: 1000 + 3 * i, last: 1000 + 3 * i }))
  const shapes: readonly Partial<ActiveRule>[] = [
    { protocol: 'tcp', dst: { ...ANY, ports: ports(31) } },
    { src: { ...ANY, nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16', '10.2.0.0/16'] } },
    { protocol: 'icmp', icmp: { type: 8, code: 0 } },
    { notProtocol: 'udp', src: { ...ANY, ipSets: [...base.ipSets.keys()] } },
    { protocol: 'udp', dst: { ...ANY, ports: ports(2), namedPorts: ['n:dns'], notPorts: ports(16) } },
    { protocol: 132, src: { ...ANY, ports: ports(1) }, dst: { ...ANY, nets: ['10.0.0.0/8', '11.0.0.0/8'] } },
    { protocol: 'icmp', notIcmp: { type: 3 } },
  ]
  const actions = ['allow', 'deny', 'next-tier'] as const
  const policies = Array.from({ length: count }, (_, i): [string, RuleSet] => {
    const inbound = [rule(actions[i % 3] ?? 'allow', shapes[i % shapes.length])]
    return [`demo/knp.default.${name}-${i}`, { inbound, outbound: [] }]
  })
  const dns = { id: 'n:dns', type: 'ip,port' as const, members: new Set(['192.168.104.1,udp:53']) }
  return {
    ...base,
    policies: new Map(policies),
    ipSets: new Map([...base.ipSets, [dns.id, dns]]),
    endpoints: base.endpoints.map((one) => ({ ...one, ingress: policies.map(([id]) => id), egress: [] })),
  }
}

test('rules of every shape are read back as they were written', async () => {
  await felixFor('noencap', 1)
  await change({ active: manyPolicies(7) })
  const before = await rules()
  expect(before.match(/^:cali-pi-/gm)).toHaveLength(7)
  scripts.length = 0
  await felix?.ensure()
  expect(scripts).toEqual([])
  expect(await rules()).toBe(before)
})

test('hundreds of policies of one pod are written and replaced, though a user namespace limits a message', async () => {
  await felixFor('noencap', 1)
  await change({ active: manyPolicies(400) })
  const chain = 'cali-tw-cali50aeaf5a85d'
  const jumps = async () => (await rules()).match(new RegExp(`^-A ${chain} .* -j cali-pi-`, 'gm'))?.length
  expect(await jumps()).toBe(400)
  await change({ active: manyPolicies(390) })
  expect(await jumps()).toBe(390)
  await change({ active: manyPolicies(380, 'other') })
  expect(await jumps()).toBe(380)
  expect(await rules()).not.toContain('-new')
  scripts.length = 0
  await felix?.ensure()
  expect(scripts).toEqual([])
  await change({ active: activeSetOf('noencap', 1) })
  expect(calicos(await rules())).toEqual(calicos(golden('noencap', 'iptables', 1)))
})

test('a long chain that a Felix before it had begun to replace is put right', async () => {
  await felixFor('noencap', 1)
  await change({ active: manyPolicies(400) })
  const before = await rules()
  const chain = 'cali-tw-cali50aeaf5a85d'
  await run(machine, 'iptables', '-N', `${chain}-new`)
  await run(machine, 'iptables', '-D', chain, '7')
  await felix?.ensure()
  expect(await rules()).toBe(before)
})
