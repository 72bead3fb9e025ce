import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { PodNetwork } from '../../../src/cluster/spec.ts'
import { planOf } from '../../../src/k3s/plan.ts'
import { setupScript } from '../../../src/k3s/setup-script.ts'

const TOPOLOGY = {
  name: 'calico',
  networks: [{ name: 'underlay', subnet: '172.20.0.0/24', gateway: '172.20.0.1' }],
  machines: [0, 1].map((n) => ({ name: `node${n}`, address: `172.20.0.${n + 2}` })),
}
const MACHINE = { version: 'v1.21.2+k3s1', oom: true, groups: 'v1', isSetUp: false, others: [] } as const
const PROGRAM = 'print "a tunnel\\n";'

function scriptWith(network: PodNetwork, systemd: boolean): string {
  const plan = planOf(TOPOLOGY, network, 'secret', PROGRAM)
  return setupScript(plan, plan.agents[0]!, { ...MACHINE, systemd }, new Map())
}

describe('IP-in-IP for kernels that have none', () => {
  test.each(['none', 'calico'] as const)(
    'is given to nodes with the network %s, and begins before k3s',
    (kind) => {
      const script = scriptWith({ kind, podCIDR: '192.168.0.0/16' }, true)
      expect(script).toContain(PROGRAM)
      expect(script).toContain('systemctl start --no-block knet-labs-ipip k3s-agent')
      expect(script).toContain('ln -sf /etc/systemd/system/knet-labs-ipip.service ')
      execFileSync('sh', ['-n'], { input: script })
    },
  )

  test('begins by itself where there is no systemd', () => {
    const script = scriptWith({ kind: 'none', podCIDR: '192.168.0.0/16' }, false)
    expect(script.indexOf('setsid /usr/local/lib/knet-labs/ipip')).toBeLessThan(
      script.lastIndexOf('setsid /usr/local/lib/knet-labs/keep-k3s'),
    )
    execFileSync('sh', ['-n'], { input: script })
  })

  test('is nothing that flannel has a use for', () => {
    const script = scriptWith({ kind: 'flannel', backend: 'vxlan', podCIDR: '10.42.0.0/16' }, true)
    expect(script).not.toMatch(/ipip|tunl0/)
  })
})
