import type { Attached, Cni } from '../dataplane/cni/cni.ts'
import type { Agent } from './agent.ts'
import { CONTAINERS, PODS } from './node-programs.ts'
import { removeRemains } from './removal.ts'

/**
 * Ends every process that an earlier runtime left: the shims and their apps by their folders, and whatever is in a pod's
 * network namespace. Then tells which sandboxes there were.
 */
const FIND = `
set -- ${PODS}/*/
[ -d "$1" ] || exit 0
for p in /proc/[0-9]*; do
  { tr '\\0' ' ' <$p/cmdline; } 2>/dev/null | grep -q '^sh /run/knet/\\(shim\\|pause\\) ' || continue
  kill -9 $(cat $p/task/*/children) \${p#/proc/} 2>/dev/null
done
for n in /run/netns/cni-*; do [ -e "$n" ] && kill -9 $(ip netns pids "\${n##*/}") 2>/dev/null; done
for d in ${PODS}/*/; do d=\${d%/}; [ -d "$d" ] && printf '%s\\037%s\\036' "\${d##*/}" "$(cat "$d/record" 2>/dev/null)"; done
rm -rf ${CONTAINERS}/*`

/** Removes the sandboxes of a runtime that is gone. Resolves with how many there were. */
export async function removeLeftovers(agent: Agent, cni: Cni): Promise<number> {
  const { output } = await agent.run(FIND)
  const records = output.split('\u001e').flatMap((record) => {
    const [id = '', json = ''] = record.split('\u001f')
    return /^[0-9a-f]{64}$/.test(id) ? [{ id, attached: parseRecord(json), containerIds: [], logs: [] }] : []
  })
  const calls = records.map((item) => ({ item, resolve: () => {}, reject: () => {} }))
  if (calls.length > 0) await removeRemains(agent, cni, calls)
  return records.length
}

function parseRecord(json: string): Attached | undefined {
  try {
    return JSON.parse(json) as Attached
  } catch {
    return undefined
  }
}
