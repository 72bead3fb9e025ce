import { CalicoError } from '../calico-error.ts'
import { patch as patchIn } from '../change.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { placed, selected } from '../selection.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { RESOURCE_OPTIONS, textOption, type Verb } from '../verb.ts'

export const patch: Verb = {
  name: 'patch',
  summary: 'Change a part of a resource.',
  usage:
    '<KIND> <NAME> --patch=<PATCH> [--type=<TYPE>] [--config=<CONFIG>] [--namespace=<NS>] [--context=<context>] [--allow-version-mismatch]',
  args: ['<kind>', '<name>'],
  options: [
    ['-p, --patch <patch>', 'the change, in JSON'],
    ['-t, --type <type>', 'strategic, or merge: they are the same here'],
    ...RESOURCE_OPTIONS,
  ],
  async run(call) {
    await checkVersion(call)
    const selection = selected(call)
    const { client } = clusterOf(call)
    try {
      for (const resource of selection.resources) {
        await patchIn(storeOf(client, resource.kind), placed(resource, call), textOption(call, 'patch') ?? '')
      }
    } catch (thrown) {
      throw thrown instanceof CalicoError ? new CalicoError(`Hit error: ${thrown.message}`) : thrown
    }
    call.around.print(`Successfully patched 1 '${selection.kind}' resource\n`)
    return 0
  },
}
