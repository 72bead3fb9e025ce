import type { Elsewhere } from '../elsewhere.ts'
import { stagePackage } from '../package.ts'
import { mustRunVagrant } from './run.ts'
import { sshCommand, stampInside } from './ssh.ts'
import { discard, isMade, restore, up } from './up.ts'

export interface VagrantOptions {
  /** The folder of the virtual machine: a copy of the package, and what Vagrant keeps. */
  readonly folder: string
  /** This package. */
  readonly packageRoot: string
  /** The folder of labs. */
  readonly labs: string
}

/** A virtual machine of Vagrant's, one for all labs. */
export function createVagrant({ folder, packageRoot, labs }: VagrantOptions): Elsewhere {
  const stage = () => stagePackage({ packageRoot, labs }, folder)
  return {
    name: 'vagrant',
    noun: 'the virtual machine',
    nodes: 'docker',
    probe: async (how) => (await import('./probe.ts')).probe(how, folder, stage),
    up: (waiting) => up(folder, stage(), waiting),
    isUp: async () => (await stampInside(folder)) !== undefined,
    enter: (argv, options) => sshCommand(folder, argv, options),
    async stop(waiting) {
      if (isMade(folder)) await mustRunVagrant(folder, ['halt'], waiting)
    },
    async destroy(waiting) {
      if (!isMade(folder)) return false
      await discard(folder, waiting)
      return true
    },
    reset: (waiting) => restore(folder, stage(), waiting),
  }
}
