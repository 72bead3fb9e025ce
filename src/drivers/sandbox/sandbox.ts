import { join } from 'node:path'
import type { Paths } from '../../base/paths.ts'
import type { Driver } from '../../machine/driver.ts'
import { findHolder, liveLabs } from './holder.ts'
import { runningIn } from './running.ts'

export interface SandboxOptions {
  readonly paths: Paths
  /** Programs of ours that machines and pods run, a file each, and the Node binary that runs them. */
  readonly programs: readonly string[]
  readonly node: string
  /** forward.ts, as a file; without it this host reaches no ports of machines. */
  readonly forwarder?: string
  readonly env: NodeJS.ProcessEnv
}

/** Machines that are namespaces of this host: no images, no daemon, and gone when one process is. */
export function createSandboxDriver(o: SandboxOptions): Driver {
  return {
    name: 'sandbox',
    probe: async (how = 'doctor', needs = []) => (await import('./probe.ts')).probe(how, needs),
    up: async (topology, options) => {
      const { up } = await import('./up.ts')
      return up({ ...o, run: o.paths.run(topology.name) }, topology, options)
    },
    async find(name) {
      const holder = await findHolder(o.paths.run(name))
      return holder && runningIn(holder, async () => {})
    },
    down: async (name) => (await import('./up.ts')).down(o.paths.run(name)),
    list: () => liveLabs(join(o.paths.state, 'labs'), (name) => o.paths.run(name)),
  }
}
