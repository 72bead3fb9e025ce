import { CalicoError } from '../calico-error.ts'
import { replace } from '../change.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { selected } from '../selection.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { RESOURCE_OPTIONS, type Call, type Verb } from '../verb.ts'
import { find } from './get.ts'

export const label: Verb = {
  name: 'label',
  summary: 'Put a label on a resource, change it, or take it away.',
  usage: `(<KIND> <NAME>
                  ( <key>=<value> [--overwrite] |
                    <key> --remove )
                  [--config=<CONFIG>] [--namespace=<NS>] [--context=<context>]) [--allow-version-mismatch]`,
  args: ['<kind>', '<name>', '<label>'],
  options: [['--overwrite', 'whatever value it has'], ['--remove', 'take it away'], ...RESOURCE_OPTIONS],
  async run(call) {
    const [kind = '', name = '', text = ''] = call.args
    const wish = wishOf(text, call)
    const found = await one(call, kind, name)
    const { labels = {} } = found.metadata
    const changed = relabelled(labels, wish, `${kind} ${name}`)
    const store = storeOf(clusterOf(call).client, found.kind)
    try {
      await replace(store, { ...found, metadata: { ...found.metadata, labels: changed } })
    } catch (thrown) {
      if (!(thrown instanceof CalicoError)) throw thrown
      throw new CalicoError(`failed to update ${kind} ${name}, label not changed`)
    }
    const done = wish.value === undefined ? 'removed' : wish.key in labels ? 'updated' : 'set'
    const where = done === 'removed' ? 'from' : 'on'
    call.around.print(`Successfully ${done} label ${wish.key} ${where} ${kind} ${name}\n`)
    return 0
  },
}

interface Wish {
  readonly key: string
  /** Undefined to take it away. */
  readonly value: string | undefined
  readonly overwrite: boolean
}

function wishOf(text: string, { options }: Call): Wish {
  const overwrite = options['overwrite'] === true
  if (options['remove'] === true) return { key: text, value: undefined, overwrite }
  const [key = '', value, ...rest] = text.split('=')
  if (value === undefined || rest.length > 0) throw new CalicoError(`invalid label ${text}`)
  return { key, value, overwrite }
}

async function one(call: Call, kind: string, name: string) {
  const { shown, problems } = await lookFor(call).catch((thrown: unknown) => {
    if (!(thrown instanceof CalicoError)) throw thrown
    throw new CalicoError(`failed to get ${kind} ${name}, error ${thrown.message}`)
  })
  const [found] = shown
  if (problems.length > 0 || !found || 'items' in found) throw new CalicoError(`${kind} ${name} not found`)
  return found
}

async function lookFor(call: Call) {
  await checkVersion(call)
  return find(call, clusterOf(call), selected({ ...call, args: call.args.slice(0, 2) }))
}

function relabelled(
  labels: Readonly<Record<string, string>>,
  { key, value, overwrite }: Wish,
  what: string,
): Record<string, string> {
  const before = labels[key]
  if (value === undefined) {
    if (before === undefined) {
      throw new CalicoError(`can not remove label of ${what}, key ${key} does not exist`)
    }
    return Object.fromEntries(Object.entries(labels).filter(([one]) => one !== key))
  }
  if (before !== undefined && before !== value && !overwrite) {
    throw new CalicoError(
      `failed to update label of ${what}, key ${key} is already present. please use '--overwrite' to set a new value.`,
    )
  }
  return { ...labels, [key]: value }
}
