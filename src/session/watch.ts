import * as resources from '../kube/resources.ts'
import type { ResourceType } from '../kube/resources.ts'
import type { Check, CheckKind } from '../lab/check-schema.ts'
import type { Lab, Step } from '../lab/lab.ts'
import { Changes } from './changes.ts'
import { checkStep, type StepReport } from './check-step.ts'
import { monitorKernel } from './kernel-monitor.ts'
import type { SessionPorts } from './ports.ts'
import { builtInType } from './resource-types.ts'

/** Files, processes and iptables rules send no events; labs that look at those, or at kinds of their own, are looked at now and then. */
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
  const stops = [watchCluster(ports, notify), ...(await watchKernels(lab, ports, notify)), tick(step, notify)]
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

const { NODES, PODS, SERVICES, DEPLOYMENTS, DAEMON_SETS, ENDPOINT_SLICES, CONFIG_MAPS, NETWORK_POLICIES } =
  resources
const WATCHED = [
  NODES,
  PODS,
  SERVICES,
  DEPLOYMENTS,
  DAEMON_SETS,
  ENDPOINT_SLICES,
  CONFIG_MAPS,
  NETWORK_POLICIES,
] as ResourceType[]

function watchCluster(ports: SessionPorts, notify: () => void): () => void {
  const informers = WATCHED.flatMap((type) => ports.kube?.informer(type) ?? [])
  for (const informer of informers) informer.onChange(notify)
  return () => informers.forEach((informer) => informer.stop())
}

async function watchKernels(lab: Lab, ports: SessionPorts, notify: () => void): Promise<(() => void)[]> {
  return Promise.all(
    lab.topology.machines.map(async ({ name }) => {
      const monitor = monitorKernel(await ports.machine(name), notify)
      return () => monitor.kill()
    }),
  )
}

function isSilent(check: Check): boolean {
  if (check.kind !== 'kube') return SILENT.has(check.kind)
  const type = builtInType(check.resource)
  return !type || !WATCHED.includes(type)
}

function tick(step: Step, notify: () => void): () => void {
  if (!step.checks.some(isSilent)) return () => {}
  const timer = setInterval(notify, SILENT_EVERY_MS)
  return () => clearInterval(timer)
}
