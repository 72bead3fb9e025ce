import { get } from './commands/get.ts'
import { ipamCheck } from './commands/ipam-check.ts'
import { ipamConfigure } from './commands/ipam-configure.ts'
import { ipamRelease } from './commands/ipam-release.ts'
import { ipamShow } from './commands/ipam-show.ts'
import { label } from './commands/label.ts'
import { nodeStatus } from './commands/node-status.ts'
import { patch } from './commands/patch.ts'
import { REFUSED } from './commands/refused.ts'
import { version } from './commands/version.ts'
import { apply, create, remove, replace } from './commands/write.ts'
import type { Verb } from './verb.ts'

/** In the order that --help shows. */
export const VERBS: readonly Verb[] = [
  create,
  replace,
  apply,
  patch,
  remove,
  get,
  label,
  ipamShow,
  ipamCheck,
  ipamRelease,
  ipamConfigure,
  nodeStatus,
  version,
  ...REFUSED,
]
