import { CalicoError } from '../calico-error.ts'
import { apply as applyTo, create as createIn, replace as replaceIn } from '../change.ts'
import type { Resource } from '../layout/resource.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { placed, selected, type Selection } from '../selection.ts'
import { keyOfResource, type ResourceStore } from '../store/resource-store.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { FILE_OPTIONS, RESOURCE_OPTIONS, type Call, type Verb } from '../verb.ts'

type Write = (store: ResourceStore, resource: Resource) => Promise<unknown>

/** What became of each resource. */
interface Outcome {
  readonly handled: number
  readonly problems: readonly CalicoError[]
}

/** Does one thing with each resource, in order; resources that are left out on purpose count as done. */
async function writeEach(call: Call, { resources }: Selection, write: Write): Promise<Outcome> {
  const { client } = clusterOf(call)
  const problems: CalicoError[] = []
  for (const resource of resources) {
    try {
      await write(storeOf(client, resource.kind), placed(resource, call))
    } catch (thrown) {
      if (!(thrown instanceof CalicoError)) throw thrown
      if (!isSkipped(thrown, call)) problems.push(thrown)
    }
  }
  return { handled: resources.length - problems.length, problems }
}

function isSkipped({ reason }: CalicoError, { options }: Call): boolean {
  if (reason === 'exists') return options['skipExists'] === true
  return reason === 'missing' && options['skipNotExists'] === true
}

const FILE_USAGE = (indent: string, more = '') => `--filename=<FILENAME> [--recursive] [--skip-empty]
${indent}${more}[--config=<CONFIG>] [--namespace=<NS>] [--context=<context>] [--allow-version-mismatch]`

/** create and apply: what went wrong with one doesn't keep the others from being tried. */
function madeBy(
  o: Pick<Verb, 'name' | 'summary' | 'usage' | 'options'> & { done: string; hit: string; write: Write },
): Verb {
  return {
    ...o,
    async run(call) {
      await checkVersion(call)
      const selection = selected(call)
      if (selection.resources.length === 0) return nothing(call)
      const { handled, problems } = await writeEach(call, selection, o.write)
      const said = `[${problems.map(({ message }) => message).join(' ')}]`
      if (problems.length === 0) return success(call, selection, o.done, handled)
      if (handled > 0) {
        // As calicoctl counts: it says so only where most of them went well.
        if (handled > problems.length) call.around.print(partly(selection, o.done, handled))
        throw new CalicoError(`${o.hit}: ${said}`)
      }
      throw new CalicoError(`Failed to ${o.name} ${ofWhat(selection)}: ${said}`)
    },
  }
}

function nothing(call: Call): number {
  call.around.print('No resources specified\n')
  return 0
}

function success(call: Call, { kind }: Selection, done: string, count: number): number {
  call.around.print(`Successfully ${done} ${count} ${kind ? `'${kind}' ` : ''}resource(s)\n`)
  return 0
}

function partly({ kind, resources }: Selection, done: string, handled: number): string {
  const what = kind ? `'${kind}' resources` : 'resources'
  return `Partial success: ${done} the first ${handled} out of ${resources.length} ${what}:\n`
}

function ofWhat({ kind, resources }: Selection): string {
  if (resources.length === 1) return `'${kind}' resource`
  return kind ? `any '${kind}' resources` : 'any resources'
}

export const apply = madeBy({
  name: 'apply',
  summary: 'Make the resources of a file, or replace those that are there.',
  usage: FILE_USAGE(' '.repeat(18)),
  options: [...FILE_OPTIONS, ...RESOURCE_OPTIONS],
  done: 'applied',
  hit: 'Hit error(s)',
  write: applyTo,
})

export const create = madeBy({
  name: 'create',
  summary: 'Make the resources of a file.',
  usage: FILE_USAGE(' '.repeat(19), '[--skip-exists] '),
  options: [...FILE_OPTIONS, ['--skip-exists', 'leave those that are there'], ...RESOURCE_OPTIONS],
  done: 'created',
  hit: 'Hit error',
  write: createIn,
})

export const replace: Verb = {
  name: 'replace',
  summary: 'Replace resources by those of a file.',
  usage: FILE_USAGE(' '.repeat(20)),
  options: [...FILE_OPTIONS, ...RESOURCE_OPTIONS],
  async run(call) {
    await checkVersion(call)
    const selection = selected(call)
    if (selection.resources.length === 0) return nothing(call)
    const { problems } = await writeEach(call, selection, replaceIn)
    const last = problems.at(-1)
    const count = selection.resources.length
    if (!last) return success(call, selection, 'replaced', count)
    // As calicoctl says it, even of none.
    call.around.print(partly(selection, 'replaced', count))
    throw new CalicoError(`Hit error: ${last.message}`)
  },
}

export const remove: Verb = {
  name: 'delete',
  summary: 'Delete resources of a kind by name, or those that a file names.',
  usage: `( (<KIND> [<NAME>...]) |
                   --filename=<FILE> [--recursive] [--skip-empty] )
                   [--skip-not-exists] [--config=<CONFIG>] [--namespace=<NS>] [--context=<context>] [--allow-version-mismatch]`,
  args: ['[kind]', '[names...]'],
  options: [
    ...FILE_OPTIONS,
    ['-s, --skip-not-exists', 'leave those that are not there'],
    ...RESOURCE_OPTIONS,
  ],
  async run(call) {
    await checkVersion(call)
    const selection = selected(call)
    if (selection.resources.length === 0) return nothing(call)
    const { handled, problems } = await writeEach(call, selection, async (store, resource) => {
      if (resource.metadata.name === undefined) throw new CalicoError('resource name may not be empty')
      await store.delete(keyOfResource(resource))
    })
    if (handled > 0) success(call, selection, 'deleted', handled)
    if (problems.length === 0) return 0
    const what = selection.kind ? `'${selection.kind}' resource` : 'resource'
    throw new CalicoError(problems.map(({ message }) => `Failed to delete ${what}: ${message}\n`).join(''))
  },
}
