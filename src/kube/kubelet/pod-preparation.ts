import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../base/errors.ts'
import type { Pod } from '../objects.ts'
import type { KubeletHost } from './kubelet-host.ts'
import { networkMessage } from './node-object.ts'
import { sandboxSpec } from './pod-spec.ts'
import { MissingReference, references } from './references.ts'
import type { Sandbox } from './runtime.ts'
import { resolveVolumes, type ResolvedVolume } from './volumes.ts'

const MOUNT_RETRY_MS = 100
const SANDBOX_RETRY_MS = 1000
const LAST_RETRY_MS = 10_000

/** The pod's volumes, as soon as all that they name is there. @throws the signal's reason */
export async function volumesOf(
  host: KubeletHost,
  pod: Pod,
  signal: AbortSignal,
): Promise<Map<string, ResolvedVolume>> {
  const { client, node, config } = host
  for (let pause = MOUNT_RETRY_MS; ; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
    try {
      return await resolveVolumes({
        pod,
        facts: { podIP: '', hostIP: node.address, nodeName: node.name },
        references: references(client, pod.metadata.namespace ?? ''),
        tokenFor: config.tokenFor,
      })
    } catch (error) {
      if (!(error instanceof MissingReference)) throw error
      // The CA's ConfigMap comes a moment after its namespace: no word of it unless it stays away.
      if (pause > MOUNT_RETRY_MS) warn(host, pod, 'FailedMount', error.message)
      await delay(pause, undefined, { signal })
    }
  }
}

/** The pod's sandbox, as soon as there is a network and the runtime can make it. @throws the signal's reason */
export async function makeSandbox(host: KubeletHost, pod: Pod, signal: AbortSignal): Promise<Sandbox> {
  const spec = sandboxSpec(pod, host.config)
  for (let pause = SANDBOX_RETRY_MS; ; pause = Math.min(pause * 2, LAST_RETRY_MS)) {
    await networkFor(host, pod, signal)
    try {
      return await host.runtime.createSandbox(spec)
    } catch (error) {
      signal.throwIfAborted()
      const why = `rpc error: code = Unknown desc = ${messageOf(error)}`
      warn(host, pod, 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${why}`)
      await host.pause(pause, signal)
    }
  }
}

async function networkFor(host: KubeletHost, pod: Pod, signal: AbortSignal): Promise<void> {
  if (pod.spec?.hostNetwork) return
  for (let problem = host.networkProblem(); problem !== undefined; problem = host.networkProblem()) {
    warn(host, pod, 'NetworkNotReady', `network is not ready: ${networkMessage(problem)}`)
    await host.networkChange(signal)
  }
}

function warn(host: KubeletHost, pod: Pod, reason: string, message: string): void {
  host.recorder.record({ about: pod, type: 'Warning', reason, message })
}
