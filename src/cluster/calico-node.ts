import { messageOf } from '../base/errors.ts'
import { startCalico, type Calico, type CalicoOptions } from '../dataplane/calico/calico.ts'
import type { PolicyCalculator } from '../dataplane/calico/policy/calculator.ts'
import { IP_POOLS } from '../dataplane/calico/resources.ts'
import { waitingForKinds, whenKindsAreServed } from '../dataplane/calico/startup/datastore.ts'
import { ensureDefaults } from '../dataplane/calico/startup/startup.ts'
import type { NodeShell } from '../dataplane/cni/node-shell.ts'
import type { RunningDaemon, ServedContainer } from '../runtime/daemon.ts'
import { tagOf } from '../workloads/reference.ts'

export interface CalicoNodeOptions extends Omit<CalicoOptions, 'environment' | 'calculator' | 'shell'> {
  readonly shell: NodeShell
  /** Of all nodes. */
  readonly calculator: () => PolicyCalculator
  /** Pods that had to wait may be made now. */
  readonly networkChanged: () => void
}

const CONF = '/etc/cni/net.d'
/** Where the node keeps what was there when calico/node started. */
const INSTALLED = '/run/knet/cni-installed'
/** What the images' release is called when they don't say. */
const VERSION = 'v3.23.5'

/** calico/node of one node: works while a container of that image runs there. */
export class CalicoNode {
  readonly #options: CalicoNodeOptions
  #calico: Calico | undefined

  constructor(options: CalicoNodeOptions) {
    this.#options = options
  }

  /** Puts right what somebody has done to it and to what its init container has installed, if it works. Gives what that was, a line each. */
  async ensure(): Promise<string[]> {
    if (!this.#calico) return []
    await this.#options.shell.run(`mkdir -p ${CONF}; cp -a ${INSTALLED}/. ${CONF}/`)
    return this.#calico.ensure()
  }

  /** {@link StartDaemon} */
  start(container: ServedContainer): RunningDaemon {
    const ending = new AbortController()
    const begun = this.#begin(container, ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted) container.fail(messageOf(error))
    })
    return {
      stop: async () => {
        ending.abort()
        await begun
        const calico = this.#calico
        this.#calico = undefined
        await calico?.stop()
      },
    }
  }

  async #begin(container: ServedContainer, signal: AbortSignal): Promise<void> {
    const { client, node, shell, onProblem, networkChanged } = this.#options
    const { environment, say, report } = container
    const kept = shell.run(`mkdir -p ${INSTALLED}; cp -a ${CONF}/. ${INSTALLED}/`)
    say(
      `knet-labs: Calico of ${node.name}, done by the lab's control plane while this container runs; BIRD runs on the node itself.`,
    )
    const served = whenKindsAreServed(client, (missing) => say(waitingForKinds(missing)), signal)
    await Promise.all([kept, served])
    const version = tagOf(container.image) ?? VERSION
    await ensureDefaults(client, { environment, version, say })
    signal.throwIfAborted()
    this.#calico = startCalico({
      ...this.#options,
      calculator: this.#options.calculator(),
      environment: spokenOf(environment),
      onProblem(problem) {
        say(messageOf(problem))
        onProblem(problem)
      },
    })
    await Promise.race([this.#calico.ready, aborted(signal)])
    if (signal.aborted) return
    say(`Calico of ${node.name} is ready: ${node.address}/${node.prefix}.`)
    report('felix', 'ready')
    const pools = client.informer(IP_POOLS)
    signal.addEventListener('abort', () => pools.stop(), { once: true })
    pools.onChange(networkChanged)
    networkChanged()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A tunnel's MTU of 0, as in the manifest, leaves it to Calico: also to a FelixConfiguration, where upstream's Felix insists on its own choice. */
function spokenOf(environment: Readonly<Record<string, string>>): Record<string, string> {
  const isSaid = ([name, value]: [string, string]) => !(name.endsWith('MTU') && Number(value) === 0)
  return Object.fromEntries(Object.entries(environment).filter(isSaid))
}
