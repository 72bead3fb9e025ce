import type { Command } from '../command.ts'

const KEYS: readonly (readonly [string, string])[] = [
  ['1, 2, …', 'run the suggested command of that number'],
  ['c, check', 'check this step against the network'],
  ['h, hint', 'the next of three hints'],
  ['v, solve', 'do this step for you, showing the commands'],
  ['n, next · p, prev · g 3, goto 3', 'move between steps'],
  ['t, step · l, status', 'this step again · all steps, and which hold'],
  ['s node1, shell node1', 'a shell there; exit comes back'],
  ['node1 ip route', 'one command on a machine'],
  ['k get pods, kubectl get pods', 'kubectl on this cluster'],
  ['calicoctl get ippool', 'calicoctl on this cluster'],
  ['capture node0 eth0', 'packets as they pass; Ctrl-C ends it'],
  ['r, reset · r --lab', 'this step, or the whole lab, as it began'],
  ['q, quit', 'leave; the lab goes on running'],
]

/** The prompt's own command; not part of the command line. */
export const help: Command = {
  name: 'help',
  summary: 'the keys and words of the prompt',
  examples: [],
  async run(app) {
    for (const [keys, meaning] of KEYS) app.output.line(`  ${keys.padEnd(33)}${meaning}`)
    return 0
  },
}
