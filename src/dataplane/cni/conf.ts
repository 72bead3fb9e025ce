import { messageOf } from '../../base/errors.ts'

/** One plugin's part of a configuration list. Fields beyond these are the plugin's own. */
export interface PluginConf {
  readonly type: string
  readonly capabilities?: Readonly<Record<string, boolean>>
  readonly [field: string]: unknown
}

/** A network configuration list: CNI specification, section "Network configuration format". */
export interface Network {
  readonly name: string
  readonly cniVersion: string
  readonly disableCheck: boolean
  readonly plugins: readonly PluginConf[]
  /** The file as it is on the node, for the result cache; of a single plugin's file the list made from it. */
  readonly source: string
}

export interface ConfFile {
  readonly path: string
  readonly content: string
}

/**
 * The network that a runtime uses: the first of the files by name, as libcni's ConfFiles and containerd's go-cni take it.
 * Undefined when there is none. @throws Error with libcni's words when that first file is malformed.
 */
export function firstNetwork(files: readonly ConfFile[]): Network | undefined {
  const [first] = files
    .filter(({ path }) => /\.(conf|conflist|json)$/.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  if (!first) return undefined
  return first.path.endsWith('.conflist') ? networkFromList(first) : networkFromPlugin(first)
}

/**
 * What libcni refuses when a pod is to be attached: names end up in paths and commands. Undefined when all is well.
 * Upstream: pkg/utils ValidateNetworkName, pkg/invoke FindInPath.
 */
export function nameProblem({ name, plugins }: Network): string | undefined {
  if (name === '') return 'missing network name'
  if (!/^[a-zA-Z0-9][\w.-]*$/.test(name)) return `invalid characters found in network name: ${name}`
  const misplaced = plugins.find(({ type }) => type.includes('/'))
  return misplaced && `invalid plugin name: ${misplaced.type}`
}

function networkFromList({ path, content }: ConfFile): Network {
  const fail = (why: string) => new Error(`failed to load CNI config list file ${path}: ${why}`)
  let list: Record<string, unknown>
  try {
    list = parseObject(content)
  } catch (error) {
    throw fail(`error parsing configuration list: ${messageOf(error)}`)
  }
  const { name, plugins } = list
  if (typeof name !== 'string' || name === '') throw fail('error parsing configuration list: no name')
  if (!Array.isArray(plugins)) throw fail("error parsing configuration list: no 'plugins' key")
  if (plugins.length === 0) throw fail('error parsing configuration list: no plugins in list')
  for (const [index, plugin] of plugins.entries()) {
    if (!isPlugin(plugin))
      throw fail(`failed to parse plugin config ${index}: error parsing configuration: missing 'type'`)
  }
  return {
    name,
    cniVersion: versionOf(list),
    disableCheck: list['disableCheck'] === true,
    plugins: plugins as PluginConf[],
    source: content,
  }
}

function networkFromPlugin({ path, content }: ConfFile): Network {
  const fail = (why: string) => new Error(`failed to load CNI config file ${path}: ${why}`)
  let plugin: Record<string, unknown>
  try {
    plugin = parseObject(content)
  } catch (error) {
    throw fail(`error parsing configuration: ${messageOf(error)}`)
  }
  if (!isPlugin(plugin)) throw fail("error parsing configuration: missing 'type'")
  const name = typeof plugin['name'] === 'string' ? plugin['name'] : ''
  const cniVersion = versionOf(plugin)
  const source = JSON.stringify({ name, cniVersion, plugins: [plugin] })
  return { name, cniVersion, disableCheck: false, plugins: [plugin], source }
}

function parseObject(content: string): Record<string, unknown> {
  const value: unknown = JSON.parse(content)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('not a JSON object')
  return value as Record<string, unknown>
}

function isPlugin(value: unknown): value is PluginConf {
  const type = typeof value === 'object' && value !== null && (value as Record<string, unknown>)['type']
  return typeof type === 'string' && type !== ''
}

/** Without a version the configuration is of specification 0.1.0; results are then given in 0.3.1, the oldest we write. */
function versionOf(conf: Record<string, unknown>): string {
  return typeof conf['cniVersion'] === 'string' ? conf['cniVersion'] : '0.1.0'
}
