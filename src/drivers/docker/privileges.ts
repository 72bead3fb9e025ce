import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Privileges } from './container-spec.ts'
import type { Endpoint } from './endpoint.ts'
import { saidBy } from './docker-error.ts'

/**
 * Addresses of daemons that have been seen to refuse `--privileged`, in the state folder: finding out takes a second, and a daemon
 * that has learnt it loses nothing by going without.
 */
const FILE = 'docker-unprivileged.json'

function refusing(state: string): string[] {
  try {
    return JSON.parse(readFileSync(join(state, FILE), 'utf8')) as string[]
  } catch {
    return []
  }
}

export function privilegesKnown(state: string, { host }: Endpoint): Privileges | undefined {
  return refusing(state).includes(host) ? 'by name' : undefined
}

export function rememberRefusal(state: string, { host }: Endpoint): void {
  writeFileSync(join(state, FILE), JSON.stringify([...new Set([...refusing(state), host])]))
}

/** Whether a container did not start because the daemon has not the rights itself that `--privileged` gives away. */
export const isRefusal = (thrown: unknown): boolean =>
  /operation not permitted|permission denied|privileged mode is (?:incompatible|not allowed)/i.test(
    saidBy(thrown),
  )
