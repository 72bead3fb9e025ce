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
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-T']
  agent.createConnection = () => throughSsh(['ssh', ...options, ...destination, 'docker system dial-stdio'])
  return agent
}

/** A connection that is a program's stdin and stdout. One that ends without an answer ends with what the program complained of. */
function throughSsh(argv: readonly string[]): Duplex {
  const ssh = hostSpawn(argv)
  const { stdin, stdout, stderr } = ssh
  let answered = false
  let complaint = ''
  const connection = new Duplex({
    read: () => void stdout.resume(),
    // Who no longer reads has ended, and says so by the end of its output.
    write: (chunk: Buffer, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(() => done()),
    destroy(error, done) {
      ssh.kill()
      done(error)
    },
  })
  stdout.on('data', (chunk: Buffer) => {
    answered = true
    if (!connection.push(chunk)) stdout.pause()
  })
  stdout.once('end', () => answered && connection.push(null))
  stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-1000)))
  stderr.once('end', () => {
    if (!answered) connection.destroy(new Error(`ssh said ${complaint.trim() || 'nothing'}`))
  })
  // What http expects of a socket and a pipe has no use for.
  const unused = ['setKeepAlive', 'setNoDelay', 'setTimeout', 'ref', 'unref'] as const
  return Object.assign(connection, Object.fromEntries(unused.map((name) => [name, () => connection])))
}
