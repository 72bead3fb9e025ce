import type { CheckKind } from '../lab/check-schema.ts'
import type { Lab, Step } from '../lab/lab.ts'
import { Changes } from './changes.ts'
import { checkStep, type StepReport } from './check-step.ts'
import { watchCluster } from './cluster-watch.ts'
import { monitorKernel } from './kernel-monitor.ts'
import type { SessionPorts } from './ports.ts'

/** Files, processes and iptables rules send no events; steps that look at those are looked at now and then. */
const SILENT: ReadonlySet<CheckKind> = new Set([
  'answer',
  'command',
  'http',
  'dns',
  'iptables',
  'netns',
  'pcap',
  'process',
  'sysctl',
])
const SILENT_EVERY_MS = 2000

/** Checks a step now and after each change until aborted; says so when the outcome differs from the last one. */
export async function watchStep(
  lab: Lab,
  step: Step,
  ports: SessionPorts,
  signal: AbortSignal,
  onReport: (report: StepReport) => void,
): Promise<void> {
  const changes = new Changes()
  const { notify } = changes
  const { kube } = ports
  const stops = [
    kube ? watchCluster(kube, step, notify) : () => {},
    ...(await watchKernels(lab, ports, notify)),
    tick(step, notify),
  ]
  let last = ''
  try {
    while (await changes.next(signal)) {
      const report = await settled(step, ports, signal)
      const now = report.checks.map((check) => check.outcome + check.message).join('\n')
      if (!signal.aborted && now !== last) onReport(report)
      last = now
    }
  } finally {
    for (const stop of stops) stop()
  }
}

/** Captures send traffic and take a second: they are made only when all else holds. */
async function settled(step: Step, ports: SessionPorts, signal: AbortSignal): Promise<StepReport> {
  const quick = await checkStep(step, ports, { quick: true, signal })
  return quick.holds && quick.skipped > 0 ? checkStep(step, ports, { signal }) : quick
}

async function watchKernels(lab: Lab, ports: SessionPorts, notify: () => void): Promise<(() => void)[]> {
  return Promise.all(
    lab.topology.machines.map(async ({ name }) => {
      const monitor = monitorKernel(await ports.machine(name), notify)
      return () => monitor.kill()
    }),
  )
}

function tick(step: Step, notify: () => void): () => void {
  if (!step.checks.some(({ kind }) => SILENT.has(kind))) return () => {}
  const timer = setInterval(notify, SILENT_EVERY_MS)
  return () => clearInterval(timer)
}
