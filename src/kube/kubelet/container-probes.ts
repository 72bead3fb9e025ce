import type { Container, Probe } from '../objects.ts'
import type { ContainerView } from './container-view.ts'
import { execOutput } from './exec-output.ts'
import { nodeProbe, type ProbeResult } from './probe-command.ts'
import { runProber } from './prober.ts'
import type { PodRuntime, RunningContainer } from './runtime.ts'

export interface ContainerProbesOptions {
  readonly view: ContainerView
  readonly running: RunningContainer
  readonly runtime: PodRuntime
  readonly podIP: string
  readonly signal: AbortSignal
  /** The view has changed. */
  changed(): void
  unhealthy(message: string): void
  /** The container has to be restarted. */
  kill(probe: 'liveness' | 'startup'): void
}

/** Runs a container's probes: startup first, then readiness and liveness side by side. Ends with the signal. */
export async function runContainerProbes(options: ContainerProbesOptions): Promise<void> {
  const { view } = options
  const { startupProbe, readinessProbe, livenessProbe } = view.spec
  if (startupProbe && !(await startup(startupProbe, options))) return
  await Promise.all([
    readinessProbe && readiness(readinessProbe, options),
    livenessProbe && liveness(livenessProbe, options),
  ])
}

/** Resolves with whether it ever succeeded. */
async function startup(probe: Probe, options: ContainerProbesOptions): Promise<boolean> {
  const { view } = options
  const enough = new AbortController()
  await runProber({
    ...shared(probe, 'Startup', options),
    signal: AbortSignal.any([options.signal, enough.signal]),
    initially: false,
    eagerEveryMs: eagerness(probe),
    onVerdict(ok) {
      if (ok) {
        view.started = true
        options.changed()
      } else {
        options.kill('startup')
      }
      enough.abort()
    },
  })
  return view.started
}

function readiness(probe: Probe, options: ContainerProbesOptions): Promise<void> {
  const { view } = options
  return runProber({
    ...shared(probe, 'Readiness', options),
    initially: false,
    eagerEveryMs: eagerness(probe),
    onVerdict(ok) {
      if (view.probedReady === ok) return
      view.probedReady = ok
      options.changed()
    },
  })
}

function liveness(probe: Probe, options: ContainerProbesOptions): Promise<void> {
  return runProber({
    ...shared(probe, 'Liveness', options),
    initially: true,
    onVerdict(ok) {
      if (!ok) options.kill('liveness')
    },
  })
}

/** What a program in the container has to answer is asked less often: starting one stops everything here for some milliseconds. */
function eagerness(probe: Probe): number | undefined {
  if (probe.initialDelaySeconds) return undefined
  return probe.exec ? 250 : 30
}

function shared(probe: Probe, name: string, options: ContainerProbesOptions) {
  return {
    probe,
    signal: options.signal,
    run: () => runProbe(probe, options.view.spec, options),
    onFailure: (output: string) => options.unhealthy(`${name} probe failed: ${output}`),
  }
}

async function runProbe(
  probe: Probe,
  container: Container,
  { runtime, running, podIP }: ContainerProbesOptions,
): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  try {
    if (probe.exec) {
      const argv = probe.exec.command ?? []
      const { exitCode, output } = await execOutput(running, argv, timeoutMs)
      if (exitCode !== 124) return { ok: exitCode === 0, output: output.trimEnd() }
      return {
        ok: false,
        output: `command timed out: "${argv.join(' ')}" timed out after ${timeoutMs / 1000}s`,
      }
    }
    const command = nodeProbe(probe, container, podIP)
    // gRPC probes need a client that is not here; they count as met, so that the pod can be used.
    if (!command) return { ok: true, output: '' }
    return command.read(await runtime.probe(command.argv, timeoutMs + 500))
  } catch (error) {
    return { ok: false, output: String(error) }
  }
}
