import { leaveToCaller, sudoCaller } from '../base/caller.ts'
import { labFolders } from '../base/lab-folders.ts'
import type { Paths } from '../base/paths.ts'

/** Under sudo, leaves nothing of root's in the caller's home but the folders that running labs' processes own. */
export function leaveHome(paths: Paths, env: NodeJS.ProcessEnv): void {
  const caller = sudoCaller(env)
  if (!caller) return
  const running = labFolders(paths).map((name) => paths.run(name))
  leaveToCaller(paths.state, caller, running)
  leaveToCaller(paths.cache, caller, [])
}
