import { CalicoError } from '../calico-error.ts'
import { checkVersion, clusterOf } from '../open-cluster.ts'
import { setStrictAffinity } from '../store/ipam-settings.ts'
import { CONFIG, MISMATCH, textOption, type Verb } from '../verb.ts'

export const ipamConfigure: Verb = {
  name: 'ipam configure',
  summary: 'Say whether nodes keep to their own blocks.',
  usage: '--strictaffinity=<true/false> [--config=<CONFIG>] [--allow-version-mismatch]',
  options: [['--strictaffinity <value>', 'true: no address of another node’s block'], CONFIG, MISMATCH],
  async run(call) {
    await checkVersion(call)
    const value = textOption(call, 'strictaffinity') ?? ''
    const strict = /^(1|t|true)$/i.test(value)
    if (!strict && !/^(0|f|false)$/i.test(value)) {
      throw new CalicoError('Invalid value. Use true or false to set strictaffinity')
    }
    await setStrictAffinity(clusterOf(call).client, strict)
    call.around.print(`Successfully set StrictAffinity to: ${strict}\n`)
    return 0
  },
}
