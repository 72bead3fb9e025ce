import { hostExec } from '../../machine/host.ts'
import { bareHost, urlOf } from './endpoint-url.ts'
import type { Endpoint } from './endpoint.ts'
import { sshDestination } from './ssh-agent.ts'

/**
 * Name or address of the daemon's host as this one finds it, where that is another one: for ssh:// by ssh's own configuration.
 * Undefined where the daemon is here, or behind something that listens here, such as a tunnel.
 */
export async function daemonHost(endpoint: Endpoint): Promise<string | undefined> {
  const url = urlOf(endpoint)
  if (url.protocol === 'unix:') return undefined
  const host = url.protocol === 'ssh:' ? await sshHost(url) : bareHost(url)
  return isLoopback(host) ? undefined : host
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host)

/** What a name means to ssh: HostName of ~/.ssh/config, where it has one. */
async function sshHost(url: URL): Promise<string> {
  const { stdout } = await hostExec(['ssh', '-G', ...sshDestination(url)], { timeoutMs: 10_000 })
  return hostIn(stdout) ?? bareHost(url)
}

/** The host in what `ssh -G` prints: a setting a line. */
export const hostIn = (settings: string): string | undefined => /^hostname (\S+)$/m.exec(settings)?.[1]
