import type { Topology } from '../../../src/machine/topology.ts'

export function topologyNamed(name: string, machines = 2): Topology {
  return {
    name,
    networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }],
    machines: Array.from({ length: machines }, (_, i) => ({
      name: `node${i}`,
      address: `172.19.0.${i + 2}`,
    })),
  }
}
