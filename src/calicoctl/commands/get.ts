import { CalicoError } from '../calico-error.ts'
import { NoConnection } from '../connection.ts'
import { kindOf } from '../kinds.ts'
import { API_VERSION, type Resource } from '../layout/resource.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { formatOf, jsonOf, tableOf, yamlOf, type Format, type Shown } from '../print/printers.ts'
import { placed, selected, type Selection } from '../selection.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { FILE_OPTIONS, RESOURCE_OPTIONS, textOption, type Call, type Cluster, type Verb } from '../verb.ts'

export const get: Verb = {
  name: 'get',
  summary: 'Show resources of a kind, by name, or those that a file names.',
  usage: `( (<KIND> [<NAME>...]) |
                --filename=<FILENAME> [--recursive] [--skip-empty] )
                [--output=<OUTPUT>] [--config=<CONFIG>] [--namespace=<NS>] [--all-namespaces] [--export] [--context=<context>] [--allow-version-mismatch]`,
  args: ['[kind]', '[names...]'],
  options: [
    ...FILE_OPTIONS,
    ['-o, --output <format>', 'ps (the default), wide, yaml, json or custom-columns=NAME,...'],
    ['-A, --all-namespaces', 'of all namespaces'],
    ['--export', 'without what is of this cluster only'],
    ...RESOURCE_OPTIONS,
  ],
  async run(call) {
    const format = formatOf(textOption(call, 'output') ?? 'ps')
    const selection = await failed('Failed to get resources', async () => {
      await checkVersion(call)
      return selected(call)
    })
    const cluster = clusterOf(call)
    const { shown, problems } = await find(call, cluster, selection)
    await print(call, cluster, format, shown)
    if (problems.length > 0) throw new CalicoError(problems.join('\n'))
    return 0
  },
}

async function failed<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (thrown) {
    const isOwn = thrown instanceof CalicoError && !(thrown instanceof NoConnection)
    throw isOwn ? new CalicoError(`${what}: ${thrown.message}`) : thrown
  }
}

/** Everything that can be had, and why the rest can't. */
export async function find(
  call: Call,
  { client }: Cluster,
  { resources }: Selection,
): Promise<{ shown: Shown[]; problems: string[] }> {
  const shown: Shown[] = []
  const problems: string[] = []
  for (const resource of resources) {
    try {
      const { kind, metadata } = placed(resource, call)
      const store = storeOf(client, kind)
      if (metadata.name === undefined) {
        const { items, resourceVersion } = await store.list(metadata.namespace)
        shown.push({ kind: `${kind}List`, apiVersion: API_VERSION, metadata: { resourceVersion }, items })
      } else {
        if (kindOf(kind)?.namespaced && metadata.namespace === undefined) {
          throw new CalicoError('cannot use --all-namespace flag for getting a single resource')
        }
        const found = await store.get({ namespace: metadata.namespace, name: metadata.name })
        shown.push(call.options['export'] === true ? exported(found) : found)
      }
    } catch (thrown) {
      if (!(thrown instanceof CalicoError)) throw thrown
      problems.push(thrown.message)
    }
  }
  return { shown, problems }
}

function exported(resource: Resource): Resource {
  const { namespace: _, uid: __, resourceVersion: ___, ...metadata } = resource.metadata
  return { ...resource, metadata: { ...metadata, creationTimestamp: null } }
}

async function print(call: Call, cluster: Cluster, format: Format, shown: readonly Shown[]): Promise<void> {
  const { around, options } = call
  if (format.type !== 'table') {
    around.print(format.type === 'yaml' ? yamlOf(shown) : jsonOf(shown))
    return
  }
  const { columns } = format
  const withNamespace = options['allNamespaces'] === true || textOption(call, 'namespace') !== undefined
  for (const one of shown) {
    const kind = kindOf(one.kind.replace(/List$/, ''))
    if (!kind) continue
    const view = { asNumber: kind.kind === 'Node' && columns !== 'narrow' ? await asNumber(cluster) : '' }
    around.print(tableOf(one, kind, { columns, withNamespace }, view))
  }
}

const DEFAULT_AS = '64512'

/** Of nodes that have none of their own. */
async function asNumber({ client }: Cluster): Promise<string> {
  try {
    const { spec } = await storeOf(client, 'BGPConfiguration').get({ name: 'default' })
    return String(spec['asNumber'] ?? DEFAULT_AS)
  } catch (thrown) {
    if (thrown instanceof CalicoError) return thrown.reason === 'missing' ? DEFAULT_AS : 'unknown'
    throw thrown
  }
}
