import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { leaveToCaller, sudoCaller } from '../base/caller.ts'
import type { Paths } from '../base/paths.ts'

/** Under sudo, leaves nothing of root's in the caller's home but the folders that running labs' processes own. */
export function leaveHome(paths: Paths, env: NodeJS.ProcessEnv): void {
  const caller = sudoCaller(env)
  if (!caller) return
  const labs = dirname(paths.lab('any'))
  const running = existsSync(labs) ? readdirSync(labs).map((name) => paths.run(name)) : []
  leaveToCaller(paths.state, caller, running)
  leaveToCaller(paths.cache, caller, [])
}
