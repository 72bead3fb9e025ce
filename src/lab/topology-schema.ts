import * as z from 'zod/mini'

/** Ids name folders, files and arguments of commands. */
export const id = z.string().check(z.regex(/^[a-z][a-z0-9-]*$/))

const address = z.string().check(z.regex(/^\d+\.\d+\.\d+\.\d+$/))
const subnet = z.string().check(z.regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/))

/** Networks that a lab's cluster can start with; `none` is no cluster, only machines. */
export const CLUSTERS = ['none', 'flannel-vxlan', 'flannel-host-gw', 'calico', 'no-network'] as const

/**
 * Machines and how they are wired: all in one network (`subnet` and `gateway`), or each in the one of `networks` that has
 * its address, with routers between them.
 */
export const topologySchema = z.strictObject({
  subnet: z.optional(subnet),
  gateway: z.optional(address),
  networks: z.optional(z.record(id, z.strictObject({ subnet, gateway: address }))),
  machines: z.record(id, address),
  routers: z.optional(
    z.record(
      id,
      z.strictObject({
        /** Of eth0, eth1, … */
        addresses: z.array(address).check(z.minLength(1)),
        /** On lo; BIRD's router id. */
        loopback: z.optional(address),
        /** Number of its autonomous system: `AS` in BIRD's configuration. */
        as: z.optional(z.number().check(z.int(), z.positive())),
      }),
    ),
  ),
  cluster: z.enum(CLUSTERS),
})

export type TopologySource = z.infer<typeof topologySchema>
