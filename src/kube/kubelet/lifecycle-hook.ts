import { setTimeout as delay } from 'node:timers/promises'
import type { Container } from '../objects.ts'
import { execOutput } from './exec-output.ts'
import { nodeProbe } from './probe-command.ts'
import type { PodRuntime, RunningContainer } from './runtime.ts'

type Handler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>

/** Runs a postStart or preStop hook; resolves with what went wrong, if anything. Upstream: lifecycle.HandlerRunner. */
export async function runHook(
  handler: Handler,
  o: {
    container: Container
    running: RunningContainer
    runtime: PodRuntime
    podIP: string
    timeoutMs: number
  },
): Promise<string | undefined> {
  if (handler.sleep) {
    await Promise.race([delay(Math.min(handler.sleep.seconds * 1000, o.timeoutMs)), o.running.exited])
    return undefined
  }
  if (handler.exec) {
    const { exitCode, output } = await execOutput(o.running, handler.exec.command ?? [], o.timeoutMs)
    return exitCode === 0 ? undefined : `command exited with ${exitCode}: ${output.trimEnd()}`
  }
  const timeoutSeconds = Math.ceil(o.timeoutMs / 1000)
  const command =
    handler.httpGet && nodeProbe({ httpGet: handler.httpGet, timeoutSeconds }, o.container, o.podIP)
  if (!command) return undefined
  const result = command.read(await o.runtime.probe(command.argv, o.timeoutMs))
  return result.ok ? undefined : result.output
}
