import { setTimeout as delay } from 'node:timers/promises'
import * as resources from '../kube/resources.ts'
import type { CheckKind } from '../lab/check-schema.ts'
import type { Lab, Step } from '../lab/lab.ts'
import { checkStep, type StepReport } from './check-step.ts'
import type { SessionPorts } from './ports.ts'

/** Changes come in flocks: one look for all that happen in this time. */
const DEBOUNCE_MS = 150
/** Files, processes and iptables rules send no events; labs that look at those are looked at now and then. */
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
  let changed = true
  let wake = () => {}
  const notify = () => {
    changed = true
    wake()
  }
  const stops = [watchCluster(ports, notify), ...(await watchKernels(lab, ports, notify)), tick(step, notify)]
  signal.addEventListener('abort', notify)
  let last = ''
  try {
    while (!signal.aborted) {
      changed = false
      const report = await settled(step, ports, signal)
      const now = report.checks.map((check) => check.outcome + check.message).join('\n')
      if (!signal.aborted && now !== last) onReport(report)
      last = now
      await new Promise<void>((resolve) => {
        wake = resolve
        if (changed) resolve()
      })
      await delay(DEBOUNCE_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    signal.removeEventListener('abort', notify)
    for (const stop of stops) stop()
  }
}

/** Captures send traffic and take a second: they are made only when all else holds. */
async function settled(step: Step, ports: SessionPorts, signal: AbortSignal): Promise<StepReport> {
  const quick = await checkStep(step, ports, { quick: true, signal })
  return quick.holds && quick.skipped > 0 ? checkStep(step, ports, { signal }) : quick
}

function watchCluster(ports: SessionPorts, notify: () => void): () => void {
  const { NODES, PODS, SERVICES, DEPLOYMENTS, ENDPOINT_SLICES, CONFIG_MAPS } = resources
  const types = [NODES, PODS, SERVICES, DEPLOYMENTS, ENDPOINT_SLICES, CONFIG_MAPS] as resources.ResourceType[]
  const informers = types.flatMap((type) => ports.kube?.informer(type) ?? [])
  for (const informer of informers) informer.onChange(notify)
  return () => informers.forEach((informer) => informer.stop())
}

/** Says a first line when the kernel has it on its list of listeners (netlink's, by pid), so that nothing is missed. */
const MONITOR = `
ip monitor link address route & p=$!
until grep -q "^[0-9a-f]* 0  *$p " /proc/net/netlink; do kill -0 $p || exit; sleep 0.01; done
echo listening
wait`

/** Neighbours are left out: a check's own traffic changes them. */
async function watchKernels(lab: Lab, ports: SessionPorts, notify: () => void): Promise<(() => void)[]> {
  return Promise.all(
    lab.topology.machines.map(async ({ name }) => {
      const machine = await ports.machine(name)
      const monitor = machine.spawn(['sh', '-c', MONITOR])
      monitor.stdin.end()
      monitor.stdout.on('data', notify)
      monitor.stderr.resume()
      return () => monitor.kill()
    }),
  )
}

function tick(step: Step, notify: () => void): () => void {
  if (!step.checks.some((check) => SILENT.has(check.kind))) return () => {}
  const timer = setInterval(notify, SILENT_EVERY_MS)
  return () => clearInterval(timer)
}
