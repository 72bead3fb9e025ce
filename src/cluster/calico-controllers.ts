import { messageOf } from '../base/errors.ts'
import { collectGarbage } from '../dataplane/calico/ipam/collect-garbage.ts'
import {
  controllersConfiguration,
  leakGraceMs,
} from '../dataplane/calico/startup/controllers-configuration.ts'
import { waitingForKinds, whenKindsAreServed } from '../dataplane/calico/startup/datastore.ts'
import type { KubeClient } from '../kube/client.ts'
import type { RunningDaemon, ServedContainer } from '../runtime/daemon.ts'
import { log } from './log.ts'

/** calico/kube-controllers: works for the cluster, wherever its pod runs. See {@link StartDaemon}. */
export function startCalicoControllers(client: KubeClient, container: ServedContainer): RunningDaemon {
  const { say, report, fail } = container
  const ending = new AbortController()
  const { signal } = ending
  const begun = begin().catch((error: unknown) => {
    if (!signal.aborted) fail(messageOf(error))
  })
  return {
    async stop() {
      ending.abort()
      await begun
    },
  }

  async function begin(): Promise<void> {
    say(
      'knet-labs: the work of calico/kube-controllers, done by the lab’s control plane while this container runs.',
    )
    await whenKindsAreServed(client, (missing) => say(waitingForKinds(missing)), signal)
    const configuration = await controllersConfiguration(client)
    if (signal.aborted) return configuration.stop()
    const collector = collectGarbage({
      client,
      graceMs: () => leakGraceMs(configuration),
      say,
      onProblem: (problem) => {
        say(messageOf(problem))
        log('warn', 'calico-kube-controllers', messageOf(problem))
      },
    })
    signal.addEventListener('abort', () => {
      collector.stop()
      configuration.stop()
    })
    say('Collecting blocks and addresses of nodes and pods that are gone.')
    report('controllers', 'ready')
  }
}
