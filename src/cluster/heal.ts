import { LabError } from '../base/errors.ts'
import { within } from '../base/within.ts'
import type { Running } from '../machine/driver.ts'
import type { HealReport } from './management.ts'
import type { ManagementClient } from './management-client.ts'

/** Far beyond what mending takes on a slow machine: what answers later than this does not answer. */
const MEND_DEADLINE_MS = 30_000
const ANEW_DEADLINE_MS = 120_000

/**
 * Makes machines and network whole again: what is known to break is put back, and then packets are sent between pods. Where they
 * do not come through, or mending does not end, something is broken that nobody thought of, and all machines are made anew.
 * @returns what was mended, a line each.
 * @throws LabError KNET_CONTROL_PLANE_GONE; KNET_DEADLINE when new machines do not come up either.
 */
export async function heal(
  running: Running,
  management: ManagementClient,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { mended, broken } = await mend(running, management, signal).catch((thrown: unknown) => {
    signal?.throwIfAborted()
    if (!(thrown instanceof LabError) || thrown.code === 'KNET_CONTROL_PLANE_GONE') throw thrown
    return { mended: [], broken: [thrown.message] }
  })
  if (broken.length === 0) return mended
  await makeAnew(running, management, signal)
  return [...mended, ...broken, ...namesOf(running).map((name) => `${name}: made anew`)]
}

/** Makes every machine anew, so that nothing is left of whatever was done to it. */
export async function makeAnew(
  running: Running,
  management: ManagementClient,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  await within(limits(ANEW_DEADLINE_MS, signal), async (until) => {
    await Promise.all(namesOf(running).map((name) => running.rebuild(name)))
    await management.heal({ rebuilt: namesOf(running) }, until)
  })
  return []
}

/**
 * Machines whose processes were killed or whose cable is gone are made anew, and so are routers, which nothing but the learner
 * has configured; then the control plane puts its parts right on all nodes.
 */
function mend(running: Running, management: ManagementClient, signal?: AbortSignal): Promise<HealReport> {
  return within(limits(MEND_DEADLINE_MS, signal), async (until) => {
    const nodes = await management.nodes(until)
    const rebuilt = nodes.flatMap(({ name, alive, wired }) => (alive && wired ? [] : [name]))
    const routers = running.topology.machines.flatMap(({ name, router }) => (router ? [name] : []))
    await Promise.all([...rebuilt, ...routers].map((name) => running.rebuild(name)))
    const { mended, broken } = await management.heal({ rebuilt }, until)
    return { mended: [...rebuilt.map((name) => `${name}: made anew`), ...mended], broken }
  })
}

const namesOf = ({ machines }: Running): string[] => machines.map(({ name }) => name)

/** How long mending may take, and what it fails with after that. */
const limits = (ms: number, signal: AbortSignal | undefined) => ({
  ms,
  signal,
  late: () =>
    new LabError('KNET_DEADLINE', {
      message: `The lab's nodes could not be mended within ${ms / 1000} s.`,
      hint: 'knet-labs stop, then start the lab again: progress is kept.',
    }),
})
