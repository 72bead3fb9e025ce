import type { KubeClient } from '../kube/client.ts'

/** What calicoctl finds around itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isRoot: boolean
  print(text: string): void
  complain(text: string): void
  /** All of the standard input. */
  stdin(): string
  /** The way to the cluster, once somebody wants it. @throws NoConnection */
  connect(options: { config: string | undefined; context: string | undefined }): Cluster
}

export interface Cluster {
  readonly client: KubeClient
  /** Why a request to a path got no answer; undefined for what was thrown otherwise. */
  trouble(thrown: unknown, path: string): string | undefined
}

/** What followed a flag; true for one that takes nothing. */
export type Option = string | boolean | readonly string[] | undefined

/** One command with its words taken apart. */
export interface Call {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  readonly around: Surroundings
}

export interface Verb {
  /** `get`, `ipam show` */
  readonly name: string
  readonly summary: string
  /** What may follow the name, as `--help` and mistakes show it; lines after the first are indented already. */
  readonly usage: string
  /** In commander's notation. */
  readonly args?: readonly string[]
  readonly options: readonly (readonly [flags: string, meaning: string])[]
  /** @returns the exit code. @throws CalicoError for what is said on stderr, with exit code 1 */
  run(call: Call): Promise<number>
}

export const CONFIG: Verb['options'][number] = [
  '-c, --config <file>',
  'how to reach the cluster; default /etc/calico/calicoctl.cfg',
]
export const MISMATCH: Verb['options'][number] = [
  '--allow-version-mismatch',
  'whatever version the cluster is of',
]

const CONTEXT: Verb['options'][number] = ['--context <name>', 'a context of the kubeconfig']
const NAMESPACE: Verb['options'][number] = [
  '-n, --namespace <namespace>',
  'of namespaced kinds; default "default"',
]

/** Of all that work on resources. */
export const RESOURCE_OPTIONS: Verb['options'] = [CONFIG, NAMESPACE, CONTEXT, MISMATCH]

export const FILE_OPTIONS: Verb['options'] = [
  ['-f, --filename <file>', 'a YAML or JSON file, a folder of such, or - for the standard input'],
  ['-R, --recursive', 'folders in the folder too'],
  ['--skip-empty', 'files may be empty'],
]

/** A flag's value when it was given one. */
export function textOption({ options }: Call, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** All that a flag was given that may be there several times. */
export function listOption({ options }: Call, name: string): readonly string[] {
  const value = options[name]
  return typeof value === 'object' ? value : []
}
