import { quoted } from '../../machine/quote.ts'
import type { NodeShell } from './node-shell.ts'
import type { CniResult } from './result.ts'

/** What a built-in plugin wants done, and the result it will then give. */
export interface Effects {
  /** Lines for `ip -batch` on the node. */
  readonly nodeLinks: readonly string[]
  /** Shell lines on the node, after nodeLinks. */
  readonly nodeLines: readonly string[]
  /** Shell lines in the pod's network namespace, before podLinks. */
  readonly podLines: readonly string[]
  /** Lines for `ip -batch` in the pod's network namespace. */
  readonly podLinks: readonly string[]
  readonly result: CniResult
}

export const NO_EFFECTS: Omit<Effects, 'result'> = {
  nodeLinks: [],
  nodeLines: [],
  podLines: [],
  podLinks: [],
}

/** The effects of one plugin after another's. The result is the later one's. */
export function inSequence(first: Omit<Effects, 'result'>, then: Effects): Effects {
  return {
    nodeLinks: [...first.nodeLinks, ...then.nodeLinks],
    nodeLines: [...first.nodeLines, ...then.nodeLines],
    podLines: [...first.podLines, ...then.podLines],
    podLinks: [...first.podLinks, ...then.podLinks],
    result: then.result,
  }
}

/** The shell lines that configure the pod's side, to be run in its network namespace. */
export function podSide(effects: Pick<Effects, 'podLines' | 'podLinks'>): string {
  const links = effects.podLinks.length > 0 ? `ip -batch - <<'END'\n${effects.podLinks.join('\n')}\nEND` : ''
  return [...effects.podLines, links].filter(Boolean).join('\n')
}

/** Brings effects about on their own, outside a batch. @throws Error with what the tools said. */
export async function applyEffects(shell: NodeShell, effects: Effects, netns: string): Promise<void> {
  const links = `${effects.nodeLinks.join('\n')}\n`
  const script = [
    'set -e',
    effects.nodeLinks.length > 0 ? `printf %s ${quoted(links)} | ip -batch -` : '',
    ...effects.nodeLines,
    `nsenter --net=${quoted(netns)} sh -ec ${quoted(podSide(effects) || ':')}`,
  ]
  const { exitCode, output } = await shell.run(script.join('\n'))
  if (exitCode !== 0) throw new Error(output.trim() || `exit status ${exitCode}`)
}
