import { Agent } from 'node:http'
import { Duplex } from 'node:stream'
import { hostSpawn } from '../../machine/host.ts'
import { Door } from './door.ts'
import { bareHost } from './endpoint-url.ts'

/** As sshd is set up by default, it turns connections away by chance where ten others have not said yet who they are (MaxStartups). */
const ON_THEIR_WAY = 6

/** Each connection is an ssh of the user's own, with all of their settings, that ends at the daemon there: as Docker's CLI does it. */
export function sshAgent(url: URL): Agent {
  const agent = new Agent({ keepAlive: false })
  const door = new Door(ON_THEIR_WAY)
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-T', ...sshDestination(url)]
  agent.createConnection = (_options, connected) => {
    door.enter((through) => {
      const connection = throughSsh(['ssh', ...options, 'docker system dial-stdio'], through)
      connected?.(null, connection)
    })
    return undefined
  }
  return agent
}

/** Words of ssh's for whom and where. */
export function sshDestination(url: URL): string[] {
  const { username, port } = url
  const user = username ? ['-l', decodeURIComponent(username)] : []
  return [...user, ...(port ? ['-p', port] : []), '--', bareHost(url)]
}

/** How long a request may go unanswered until its ssh is taken for connected: some take minutes. */
const CONNECTED_WITHIN_MS = 3000

/**
 * A connection that is a program's stdin and stdout. One that ends without an answer ends with what the program complained of.
 * @param connected called when it has come through, or never will
 */
function throughSsh(argv: readonly string[], connected: () => void): Duplex {
  const ssh = hostSpawn(argv)
  const timer = setTimeout(connected, CONNECTED_WITHIN_MS)
  const settled = () => {
    clearTimeout(timer)
    connected()
  }
  void ssh.exited.then(settled)
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
  stdout.once('data', settled)
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
