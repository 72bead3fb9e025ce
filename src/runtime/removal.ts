import type { Attached, Cni } from '../dataplane/cni/cni.ts'
import { joinRemovals, NOTHING_TO_REMOVE } from '../dataplane/cni/removal.ts'
import { commandLine } from '../machine/quote.ts'
import type { Agent } from './agent.ts'
import type { Call } from './batch.ts'
import { CONTAINERS, PODS } from './node-programs.ts'

/** The kernel takes 20 ms to delete an interface, and no longer for a whole group of them. */
const DOOMED = 6543

/** A sandbox whose processes are dead already. */
export interface Remains {
  readonly id: string
  readonly attached: Attached | undefined
  readonly containerIds: readonly string[]
  /** Folders of logs that nobody will read any more. */
  readonly logs: readonly string[]
}

/** Undoes the networks of a batch of sandboxes and deletes their folders. */
export async function removeRemains(
  agent: Agent,
  cni: Cni,
  calls: readonly Call<Remains, void>[],
): Promise<void> {
  const remains = calls.map(({ item }) => item)
  const removals = await Promise.all(remains.map(({ attached }) => cniRemoval(cni, attached)))
  const removal = removals.reduce((all, one) => joinRemovals(all, one), NOTHING_TO_REMOVE)
  const names = remains.flatMap(({ attached }) => (attached ? [attached.attachment.netnsName] : []))
  const links = [
    ...removal.interfaces.map((name) => `link set ${name} group ${DOOMED}`),
    ...(removal.interfaces.length > 0 ? [`link delete group ${DOOMED}`] : []),
    ...names.map((name) => `netns delete ${name}`),
  ]
  const folders = remains.flatMap(({ id, containerIds, logs }) => [
    `${PODS}/${id}`,
    ...containerIds.map((container) => `${CONTAINERS}/${container}`),
    ...logs,
  ])
  await agent.run(
    [
      ...removal.nodeLines,
      links.length > 0 ? `printf '%s\\n' ${commandLine(links)} | ip -force -batch -` : '',
      `rm -rf ${[...folders, ...removal.files].join(' ')}`,
    ].join('\n'),
  )
  for (const call of calls) call.resolve()
}

async function cniRemoval(cni: Cni, attached: Attached | undefined) {
  if (!attached) return NOTHING_TO_REMOVE
  const { executables } = await cni.look()
  return cni.remove(attached, executables)
}
