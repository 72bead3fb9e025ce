import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { nodeConfig, startingTaint } from '../../../src/k3s/config.ts'
import { planOf, reachedAt } from '../../../src/k3s/plan.ts'
import { setupScript } from '../../../src/k3s/setup-script.ts'
import type { Survey } from '../../../src/k3s/survey.ts'
import { prepareScript, unitFile } from '../../../src/k3s/unit.ts'
import type { PodNetwork } from '../../../src/cluster/spec.ts'

const TOPOLOGY = {
  name: 'flannel',
  networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }],
  machines: [0, 1, 2].map((n) => ({ name: `node${n}`, address: `172.19.0.${n + 2}` })),
}
const FLANNEL: PodNetwork = { kind: 'flannel', backend: 'host-gw', podCIDR: '10.42.0.0/16' }
const NONE: PodNetwork = { kind: 'none', podCIDR: '192.168.0.0/16' }
const PRIVILEGED: Survey = {
  version: 'v1.21.2+k3s1',
  oom: true,
  groups: 'v1',
  systemd: true,
  isSetUp: false,
  others: [],
}

const planWith = (network: PodNetwork) => planOf(TOPOLOGY, network, 'secret')

function shellAccepts(script: string): boolean {
  execFileSync('sh', ['-n'], { input: script })
  return true
}

describe('config.yaml', () => {
  test('of a server with flannel names the backend, and turns off what no lab uses', () => {
    const plan = planWith(FLANNEL)
    expect(parse(nodeConfig(plan, plan.server, PRIVILEGED))).toMatchObject({
      'cluster-cidr': '10.42.0.0/16',
      'flannel-backend': 'host-gw',
      disable: ['traefik', 'servicelb', 'metrics-server', 'local-storage'],
      token: 'secret',
      'node-name': 'node0',
      'node-ip': '172.19.0.2',
      'flannel-iface': 'eth0',
    })
  })

  test('of a server without a network says so, as Calico’s documentation wants it', () => {
    const plan = planWith(NONE)
    const config = parse(nodeConfig(plan, plan.server, PRIVILEGED)) as object
    expect(config).toMatchObject({
      'cluster-cidr': '192.168.0.0/16',
      'flannel-backend': 'none',
      'disable-network-policy': true,
    })
    expect(config).not.toHaveProperty('flannel-iface')
  })

  test('of a server that is called by another name has that in its certificate', () => {
    const plan = planWith(FLANNEL)
    const sanOf = (url: string) =>
      (parse(nodeConfig(reachedAt(plan, url), plan.server, PRIVILEGED)) as { 'tls-san'?: string[] })[
        'tls-san'
      ]
    expect(sanOf('https://far.example:6444')).toEqual(['far.example'])
    expect(sanOf('https://[2001:db8::7]:6443')).toEqual(['2001:db8::7'])
    for (const own of ['https://172.19.0.2:6443', 'https://127.0.0.1:32768'])
      expect(sanOf(own)).toBeUndefined()
    const agent = nodeConfig(reachedAt(plan, 'https://far:6443'), plan.agents[0]!, PRIVILEGED)
    expect(agent).not.toContain('tls-san')
  })

  test('of an agent says where the server is, and nothing that only servers understand', () => {
    const plan = planWith(FLANNEL)
    const config = parse(nodeConfig(plan, plan.agents[1]!, PRIVILEGED)) as object
    expect(config).toMatchObject({ server: 'https://172.19.0.2:6443', 'node-name': 'node2' })
    for (const flag of ['cluster-cidr', 'flannel-backend', 'disable']) expect(config).not.toHaveProperty(flag)
  })

  test('nodes begin with a taint where pods need a network that comes later than the node', () => {
    expect(parse(startingTaint(planWith(FLANNEL)))).toEqual({
      'node-taint': ['knet-labs/starting=:NoSchedule'],
    })
    expect(startingTaint(planWith(NONE))).toBe('')
  })

  test('without systemd’s control groups to ask, kubelet and containerd both make their own', () => {
    const plan = planWith(FLANNEL)
    const refused = { ...PRIVILEGED, oom: false, groups: 'v2' } as const
    expect(nodeConfig(plan, plan.server, refused)).toContain('cgroup-driver=cgroupfs')
    expect(nodeConfig(plan, plan.server, PRIVILEGED)).not.toContain('cgroup-driver')
  })
})

describe('setting up', () => {
  test('is a script that a shell can read, on every kind of machine', () => {
    for (const systemd of [true, false])
      for (const oom of [true, false])
        for (const network of [FLANNEL, NONE]) {
          const plan = planWith(network)
          for (const node of TOPOLOGY.machines) {
            const survey = { ...PRIVILEGED, systemd, oom }
            const manifests = new Map([['calico.yaml', "it's: $(here)\n"]])
            expect(shellAccepts(setupScript(plan, node, survey, manifests))).toBe(true)
          }
        }
  })

  test('brings manifests to the server alone, and containerd’s configuration where processes can’t be spared', () => {
    const plan = planWith(NONE)
    const manifests = new Map([['calico.yaml', 'kind: List\n']])
    const scriptOf = (node: number, oom: boolean) =>
      setupScript(plan, TOPOLOGY.machines[node]!, { ...PRIVILEGED, oom }, manifests)
    expect(scriptOf(0, true)).toContain('/var/lib/rancher/k3s/server/manifests/calico.yaml')
    expect(scriptOf(1, true)).not.toContain('/manifests/')
    expect(scriptOf(0, false)).toContain('restrict_oom_score_adj = true')
    expect(scriptOf(0, true)).not.toContain('restrict_oom_score_adj')
  })

  test('leaves units with the installer’s names and programs', () => {
    expect(unitFile(true)).toContain('ExecStart=/usr/local/bin/k3s server\n')
    expect(unitFile(true)).toContain('Type=notify\n')
    expect(unitFile(false)).toContain('ExecStart=/usr/local/bin/k3s agent\n')
    expect(unitFile(false)).toContain('Type=exec\n')
  })

  test('an agent waits for the server with the password that it will join with; the server waits for nobody', () => {
    const plan = planWith(FLANNEL)
    const waiting = prepareScript(plan, plan.agents[0]!)
    expect(waiting).toContain('https://172.19.0.2:6443/v1-k3s/client-kubelet.crt')
    expect(waiting).toContain('k3s-Node-Password: secret-node1')
    expect(prepareScript(plan, plan.server)).not.toContain('curl')
  })
})
