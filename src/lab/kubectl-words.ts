import { didYouMean } from './schema-problems.ts'

/** Verbs that act on the lab's cluster and on nothing else; no plugins, no config, no cp, no proxy. */
const VERBS = [
  'annotate',
  'create',
  'delete',
  'describe',
  'exec',
  'expose',
  'get',
  'label',
  'logs',
  'patch',
  'rollout',
  'run',
  'scale',
  'set',
  'taint',
  'wait',
]

/** Options, or groups of short ones, that name a file, another cluster or other credentials. */
const REFUSED =
  /-file=|^-[a-zA-Z]*[fks]|^--(filename|kustomize|from-file|from-env-file|patch-file|kubeconfig|server|cluster|context|user|token|as|username|password|certificate-authority|client-certificate|client-key|cache-dir|profile|profile-output|template-file|log-file|log-dir)(=|$)/

/** Splits as a POSIX shell does, with quotes and backslashes but no expansions. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  for (const [word] of line.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/g)) {
    words.push(
      word.replaceAll(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g,
        (_, single?: string, double?: string, one?: string) =>
          single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? one ?? '',
      ),
    )
  }
  return words
}

/** Why a lab may not run this kubectl command, or undefined. What follows `--` runs in a pod and is free. */
export function kubectlProblem(line: string): string | undefined {
  const words = splitWords(line)
  const end = words.indexOf('--')
  const own = end < 0 ? words : words.slice(0, end)
  const verb = own[0] ?? ''
  if (!VERBS.includes(verb)) {
    return `kubectl ${verb} is not for labs; verbs are ${VERBS.join(', ')}${didYouMean(verb, VERBS)}`
  }
  const refused = own.find((word) => REFUSED.test(word))
  return (
    refused &&
    `kubectl ${refused} is not for labs: it names a file, a cluster or credentials (use apply: for manifests)`
  )
}
