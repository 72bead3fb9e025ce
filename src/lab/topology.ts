import type { Lab } from './lab.ts'
import type { TopologySource } from './topology-schema.ts'

type Topology = Lab['topology']

/** Name of the network of a lab that has one only. */
const ONE = 'underlay'

/** A topology as drivers take it. */
export function topologyOf(source: TopologySource): Topology {
  const { subnet = '', gateway = '', networks = { [ONE]: { subnet, gateway } } } = source
  return {
    networks: Object.entries(networks).map(([name, network]) => ({ name, ...network })),
    machines: [
      ...Object.entries(source.machines).map(([name, address]) => ({ name, address })),
      ...Object.entries(source.routers ?? {}).map(([name, router]) => ({
        name,
        address: router.addresses[0] ?? '',
        router,
      })),
    ],
  }
}
