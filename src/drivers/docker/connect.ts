import { readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import { EXIT, LabError, messageOf } from '../../base/errors.ts'
import { hostSpawn } from '../../machine/host.ts'
import type { Tls } from './dockerode.ts'
import type { Endpoint } from './endpoint.ts'

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

function urlOf(endpoint: Endpoint): URL {
  try {
    return new URL(endpoint.host)
  } catch {
    throw unreadable(endpoint)
  }
}

function unreadable({ host, from }: Endpoint): LabError {
  return new LabError('KNET_DOCKER', {
    message: `"${host}", from ${from}, is no address of a Docker daemon.`,
    hint: 'Such as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host',
    exitCode: EXIT.unavailable,
  })
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

/** Each connection is an ssh of the user's own, with all of their settings, that ends at the daemon there: as Docker's CLI does it. */
function sshAgent({ username, hostname, port }: URL): Agent {
  const destination = [
    ...(username ? ['-l', decodeURIComponent(username)] : []),
    ...(port ? ['-p', port] : []),
    '--',
    hostname,
  ]
  const agent = new Agent({ keepAlive: false })
  agent.createConnection = () => {
    const { stdin, stdout, stderr } = hostSpawn([
      'ssh',
      '-o',
      'BatchMode=yes',
      '-o',
      'ConnectTimeout=30',
      '-T',
      ...destination,
      'docker system dial-stdio',
    ])
    let said = ''
    stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1000)))
    const connection = Duplex.from({ readable: stdout, writable: stdin })
    stdout.once('end', () => said && connection.destroy(new Error(`ssh ${hostname}: ${said.trim()}`)))
    // What http expects of a socket and a pipe has no use for.
    return Object.assign(connection, {
      setKeepAlive: () => connection,
      setNoDelay: () => connection,
      setTimeout: () => connection,
      ref: () => connection,
      unref: () => connection,
    })
  }
  return agent
}
