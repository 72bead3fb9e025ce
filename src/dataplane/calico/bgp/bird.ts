import { LabError } from '../../../base/errors.ts'
import type { Machine } from '../../../machine/machine.ts'
import { keepRunning, type KeptProgram } from '../kept-program.ts'

/** Where Calico has BIRD's configuration, and where calicoctl looks for its socket. */
const CONFIG = '/etc/calico/confd/config/bird.cfg'
const SOCKET = '/var/run/calico/bird.ctl'

/** What is not well formed never replaces what is. Running sessions whose configuration stays the same are left alone. */
const CONFIGURE = `set -e
mkdir -p "\${1%/*}" "\${2%/*}"
cat > "$1.new"
bird -p -c "$1.new"
mv "$1.new" "$1"
! birdc -s "$2" show status >/dev/null 2>&1 || birdc -s "$2" configure`

/**
 * After a crash the kernel still has BIRD's routes, and neighbours still send packets by theirs: then it begins with a graceful
 * restart, which leaves all that alone until its neighbours have told it everything again.
 */
const START = `exec bird -f $(ip route show proto bird | grep -q . && echo -R) -c "$1" -s "$2" -P "\${2%.ctl}.pid"`

/** BIRD on one machine: started by the first configuration, again when it ends, and reconfigured while it runs. */
export class Bird {
  readonly #machine: Machine
  readonly #onProblem: (problem: unknown) => void
  #program: KeptProgram | undefined

  /** @param onProblem hears of BIRD's ends that nobody wanted */
  constructor(machine: Machine, onProblem: (problem: unknown) => void) {
    this.#machine = machine
    this.#onProblem = onProblem
  }

  /** @throws LabError KNET_BIRD with BIRD's words when it refuses the configuration; the one before stays in force. */
  async configure(config: string): Promise<void> {
    const argv = ['sh', '-c', CONFIGURE, 'sh', CONFIG, SOCKET]
    const { exitCode, stdout, stderr } = await this.#machine.exec(argv, { stdin: config })
    if (exitCode !== 0) {
      const said = (stderr + stdout).trim()
      const message = `BIRD on ${this.#machine.name} refuses its configuration: ${said}`
      throw new LabError('KNET_BIRD', { message })
    }
    const start = ['sh', '-c', START, 'sh', CONFIG, SOCKET]
    this.#program ??= keepRunning(
      this.#machine,
      { name: 'BIRD', code: 'KNET_BIRD', argv: start },
      this.#onProblem,
    )
  }

  /** Ends it as SIGTERM does: it takes leave of its neighbours, and leaves the kernel's routes. */
  async stop(): Promise<void> {
    const ended = this.#program?.letGo()
    await this.#machine.exec(['birdc', '-s', SOCKET, 'down'])
    await ended
  }
}
