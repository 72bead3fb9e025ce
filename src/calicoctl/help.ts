import { VERSION } from './open-cluster.ts'
import type { Verb } from './verb.ts'
import { VERBS } from './verbs.ts'

export const USAGE = 'Usage:\n  calicoctl [options] <command> [<args>...]\n'

export function usageOf(verb: Verb): string {
  return `Usage:\n  calicoctl ${verb.name} ${verb.usage}\n`
}

export function help(): string {
  return `${USAGE}
${VERBS.map(({ name, summary }) => `    ${name.padEnd(18)}${summary}`).join('\n')}

Options:
${optionLines([
  ['-h, --help', 'this text'],
  ['-l, --log-level <level>', 'for the real one'],
  ['--context <name>', 'a context of the kubeconfig'],
  ['--allow-version-mismatch', 'whatever version the cluster is of'],
])}

This is the stand-in of knet-labs for calicoctl ${VERSION}: it answers as that does, in clusters whose datastore is Kubernetes, for IPv4. Put the
real one on your PATH to use it instead.
`
}

/** Of a group: `ipam`, `node`. */
export function groupHelp(group: string): string {
  const own = VERBS.filter(({ name }) => name.startsWith(`${group} `))
  const lines = own.map(({ name, summary }) => `    ${name.slice(group.length + 1).padEnd(14)}${summary}`)
  return `Usage:\n  calicoctl ${group} <command> [<args>...]\n\n${lines.join('\n')}\n`
}

export function verbHelp(verb: Verb): string {
  return `${usageOf(verb)}\nOptions:\n${optionLines([['-h, --help', 'this text'], ...verb.options])}\n\n${verb.summary}\n`
}

function optionLines(options: Verb['options']): string {
  return options.map(([flags, meaning]) => `  ${flags.padEnd(30)}${meaning}`).join('\n')
}
