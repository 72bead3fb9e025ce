import { writeLine } from '../dataplane/cni/node-shell.ts'
import { podSide, type Effects } from '../dataplane/cni/effects.ts'
import { quoted } from '../machine/quote.ts'
import { HOME, PODS } from './node-programs.ts'

/** A sandbox as the batch script makes it. */
export interface PlannedSandbox {
  readonly id: string
  readonly hostname: string
  /** Undefined for host network. */
  readonly network:
    | {
        readonly netnsName: string
        readonly effects: Pick<Effects, 'nodeLinks' | 'nodeLines' | 'podLines' | 'podLinks'>
        /** Kept with the sandbox, so that whoever finds it can undo it. */
        readonly record: string
      }
    | undefined
}

/**
 * The script that makes sandboxes: one `ip -batch` for all, then a process for each. Messages: `linksKey` gets what `ip`
 * complained about, and each sandbox's id gets `up PID` or `failed REASON` from its pause process.
 */
export function sandboxScript(sandboxes: readonly PlannedSandbox[], linksKey: string): string {
  const batchFile = `${HOME}/links`
  const links = linkLines(sandboxes).map(({ line }) => line)
  return [
    `mkdir -p ${sandboxes.map(({ id }) => `${PODS}/${id}`).join(' ')}`,
    ...sandboxes.flatMap(fileLines),
    links.length > 0
      ? `${writeLine(batchFile, `${links.join('\n')}\n`)}; say ${linksKey} "$(ip -force -batch ${batchFile} 2>&1)"`
      : `say ${linksKey} ''`,
    '{',
    ':',
    ...sandboxes.flatMap(({ network }) => network?.effects.nodeLines ?? []),
    `} 2>>${HOME}/errors`,
    ...sandboxes.map(pauseLine),
  ].join('\n')
}

/** What `ip` said about each sandbox's lines; absent when all went well. */
export function linkProblems(sandboxes: readonly PlannedSandbox[], output: string): Map<string, string> {
  const lines = linkLines(sandboxes)
  const problems = new Map<string, string>()
  let said: string[] = []
  for (const line of output.split('\n').filter(Boolean)) {
    const failed = /^Command failed .*:(\d+)$/.exec(line)
    if (!failed) {
      said.push(line)
      continue
    }
    const culprit = lines[Number(failed[1]) - 1]
    if (culprit && !problems.has(culprit.id))
      problems.set(culprit.id, `${said.join('; ')} (ip ${culprit.line})`)
    said = []
  }
  return problems
}

function linkLines(sandboxes: readonly PlannedSandbox[]): { id: string; line: string }[] {
  return sandboxes.flatMap(({ id, network }) =>
    network
      ? [`netns add ${network.netnsName}`, ...network.effects.nodeLinks].map((line) => ({ id, line }))
      : [],
  )
}

function fileLines({ id, network }: PlannedSandbox): string[] {
  if (!network) return []
  return [
    writeLine(`${PODS}/${id}/record`, network.record),
    writeLine(`${PODS}/${id}/net`, `set -e\n${podSide(network.effects)}\nset +e\n`),
  ]
}

/** Namespaces are entered one after the other by the same process, which becomes the pause process in the end. */
function pauseLine({ id, hostname, network }: PlannedSandbox): string {
  const pause = `sh ${HOME}/pause ${id}`
  if (!network) return `unshare --ipc ${pause} '' &`
  const netns = `/run/netns/${network.netnsName}`
  return [
    `if [ -e ${netns} ]; then nsenter --net=${netns} unshare --uts --ipc ${pause} ${quoted(hostname)} &`,
    `else say ${id} 'failed no network namespace'; fi`,
  ].join('\n')
}
