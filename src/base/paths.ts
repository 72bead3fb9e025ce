import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where a running copy of knet-labs keeps things. The one place that reads HOME and the XDG variables. */
export interface Paths {
  /** Progress and logs: survives reboots. `$XDG_STATE_HOME/knet-labs` or `~/.local/state/knet-labs`. */
  readonly state: string
  /** One lab's folder: progress.json, kubeconfig, logs and `run/`. */
  lab(name: string): string
  /** Sockets, pids and specs of a running lab; meaningless once its holder is gone. */
  run(name: string): string
  /** The certificate authority, made once for each user. */
  readonly pki: string
  /** What can be had again: downloads. `$XDG_CACHE_HOME/knet-labs` or `~/.cache/knet-labs`. */
  readonly cache: string
}

export function pathsFrom(env: NodeJS.ProcessEnv, home: string = homedir()): Paths {
  const state = join(env['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'knet-labs')
  return {
    state,
    pki: join(state, 'pki'),
    cache: join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'knet-labs'),
    lab: (name) => join(state, 'labs', name),
    run: (name) => join(state, 'labs', name, 'run'),
  }
}
