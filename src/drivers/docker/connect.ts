import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { EXIT, LabError, messageOf } from '../../base/errors.ts'
import type { Tls } from './dockerode.ts'
import { unreadable, urlOf } from './endpoint-url.ts'
import type { Endpoint } from './endpoint.ts'
import { sshAgent } from './ssh-agent.ts'

/** Ports of Docker's without and with TLS. */
const PORT = 2375
const TLS_PORT = 2376

/** A client of the daemon at an endpoint. Nothing is asked of it yet. @throws LabError KNET_DOCKER for an address that can't be read. */
export async function connect(endpoint: Endpoint): Promise<Docker> {
  const { openDockerode } = await import('./dockerode.ts')
  const url = urlOf(endpoint)
  switch (url.protocol) {
    case 'unix:':
      return openDockerode({ socketPath: decodeURIComponent(url.pathname) })
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const tls = endpoint.tls === undefined ? undefined : readTls(endpoint.tls)
      return openDockerode({ host: url.hostname, port: Number(url.port) || (tls ? TLS_PORT : PORT), tls })
    }
    case 'ssh:':
      return openDockerode({ agent: sshAgent(url) })
    default:
      throw unreadable(endpoint)
  }
}

function readTls(folder: string): Tls {
  try {
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
  } catch (cause) {
    throw new LabError('KNET_DOCKER', {
      message: `The keys to the Docker daemon can't be read: ${messageOf(cause)}.`,
      hint: `ca.pem, cert.pem and key.pem are looked for in ${folder}`,
      exitCode: EXIT.unavailable,
      cause,
    })
  }
}
