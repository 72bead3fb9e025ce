import { dirname } from 'node:path'
import { LabError } from '../../../base/errors.ts'
import type { Machine } from '../../../machine/machine.ts'
import { machineShell, type NodeShell, writeLine } from '../../cni/node-shell.ts'
import { keepRunning, type KeptProgram } from '../kept-program.ts'
import { LOG } from './bird-config.ts'
import { BIRD_SOCKET as SOCKET, startBirdRelay } from './bird-relay.ts'

/** Where Calico has BIRD's configuration. */
const CONFIG = '/etc/calico/confd/config/bird.cfg'
const PID_FILE = '/var/run/calico/bird.pid'

/** What is not well formed never replaces what is. */
const install = (config: string): string => `set -e
mkdir -p ${[CONFIG, SOCKET, LOG].map(dirname).join(' ')}
${writeLine(`${CONFIG}.new`, config)}
bird -p -c ${CONFIG}.new
mv ${CONFIG}.new ${CONFIG}
`

/** Running sessions whose configuration stays the same are left alone. BIRD may be about to run: then it reads what was there before. */
const RECONFIGURE = `tries=0
until birdc -s ${SOCKET} configure; do
  [ $((tries += 1)) -lt 100 ]
  sleep 0.02
done
`

/**
 * After a crash the kernel still has BIRD's routes, and neighbours still send packets by theirs: then it begins with a graceful
 * restart, which leaves all that alone until its neighbours have told it everything again.
 */
const START = `echo $$ > ${PID_FILE}
exec bird -f $(ip route show proto bird | grep -q . && echo -R) -c ${CONFIG} -s ${SOCKET}`

const KILL = `tries=0
until kill -KILL "$(cat ${PID_FILE})" || [ $((tries += 1)) -ge 50 ]; do sleep 0.02; done
rm -f ${PID_FILE}`

/** BIRD on one machine: started by the first configuration, again when it ends, and reconfigured while it runs. */
export class Bird {
  readonly #machine: Machine
  readonly #onProblem: (problem: unknown) => void
  readonly #shell: NodeShell
  #program: KeptProgram | undefined
  #endRelay: (() => Promise<void>) | undefined

  /** @param onProblem hears of BIRD's ends that nobody wanted */
  constructor(machine: Machine, onProblem: (problem: unknown) => void, shell = machineShell(machine)) {
    this.#machine = machine
    this.#onProblem = onProblem
    this.#shell = shell
  }

  /** It has been started, and is again whenever it ends. */
  get isKept(): boolean {
    return this.#program !== undefined
  }

  /** @throws LabError KNET_BIRD with BIRD's words when it refuses the configuration; the one before stays in force. */
  async configure(config: string): Promise<void> {
    const { exitCode, output } = await this.#shell.run(install(config) + (this.isKept ? RECONFIGURE : ''))
    if (exitCode !== 0) {
      const message = `BIRD on ${this.#machine.name} refuses its configuration: ${output.trim()}`
      throw new LabError('KNET_BIRD', { message })
    }
    this.#endRelay ??= startBirdRelay(this.#machine, this.#onProblem)
    this.#program ??= keepRunning(
      this.#machine,
      { name: 'BIRD', code: 'KNET_BIRD', argv: ['sh', '-c', START] },
      this.#onProblem,
    )
  }

  /**
   * Ends it as the end of calico/node's container does: at once, so that neighbours take it for a crash and keep their routes for a
   * graceful restart. The kernel's stay in any case.
   */
  async stop(): Promise<void> {
    if (!this.#program) return
    const ended = this.#program.letGo()
    await Promise.all([this.#machine.exec(['sh', '-c', KILL]), this.#endRelay?.()])
    await ended
  }
}
