import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { connect } from 'node:net'
import { CalicoError } from '../calico-error.ts'
import { boxedTable } from '../print/boxed-table.ts'
import { MISMATCH, type Verb } from '../verb.ts'

/** Where BIRD listens: Calico's own, and BIRD's default. */
const SOCKETS = ['/var/run/calico/bird.ctl', '/var/run/bird/bird.ctl']

/** What calico/node keeps there as long as it runs. */
const NODE_NAME = '/var/lib/calico/nodename'

const DEADLINE_MS = 2000

export const nodeStatus: Verb = {
  name: 'node status',
  summary: 'Show the BGP sessions of this node. On a node, as root.',
  usage: '[--allow-version-mismatch]',
  options: [MISMATCH],
  async run({ around }) {
    if (!around.isRoot) {
      around.print('Need super user privileges: Operation not permitted\n')
      return 1
    }
    const running = commandLines()
    if (!running.some(isFelix) && !existsSync(NODE_NAME))
      throw new CalicoError('Calico process is not running.')
    around.print('Calico process is running.\n')
    if (!running.some(([program]) => program === 'bird')) {
      around.print('\nThe BGP backend process (BIRD) is not running.\n\n')
      return 0
    }
    around.print('\nIPv4 BGP status\n')
    around.print(await peers())
    around.print("\nINFO: BIRDv6 process: 'bird6' is not running.\n\n")
    return 0
  },
}

/** The programs of this machine, with their arguments. */
function commandLines(): string[][] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')]
    } catch {
      return []
    }
  })
}

const isFelix = ([program, option]: readonly string[]) =>
  program === 'calico-felix' || program === 'calico-node' || option === '-felix'

async function peers(): Promise<string> {
  let trouble: unknown
  for (const socket of SOCKETS) {
    try {
      return peersTable(parsePeers(await ask(socket)))
    } catch (thrown) {
      trouble ??= thrown
    }
  }
  const { code = '' } = trouble as NodeJS.ErrnoException
  const why =
    { ENOENT: 'no such file or directory', ECONNREFUSED: 'connection refused' }[code] ?? String(trouble)
  return `Error querying BIRD: unable to connect to BIRDv4 socket: dial unix ${SOCKETS[1]}: connect: ${why}`
}

/** What BIRD says of its protocols. Each of its answers ends with a line that begins with 0000. */
function ask(socket: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const connection = connect(socket, () => connection.write('show protocols\n'))
    connection.setEncoding('utf8').setTimeout(DEADLINE_MS, () => connection.destroy(new Error('i/o timeout')))
    connection.on('error', reject).on('data', (text: string) => {
      said += text
      if (!/^(0000|[89]\d{3})/m.test(said)) return
      connection.destroy()
      resolve(said)
    })
  })
}

export interface Peer {
  readonly address: string
  readonly type: string
  readonly state: string
  readonly since: string
  /** BGP's own state, and why it is no better. */
  readonly info: string
}

const TYPES: Readonly<Record<string, string>> = {
  Mesh: 'node-to-node mesh',
  Global: 'global',
  Node: 'node specific',
}

/** Of BIRD 2: `Mesh_172_30_0_11 BGP --- up 10:33:08.123 Established`; BIRD 1.6 has a table and no fractions. */
export function parsePeers(said: string): Peer[] {
  return said.split('\n').flatMap((line) => {
    const [name = '', protocol, , state = '', since = '', ...info] = line
      .replace(/^1002-/, '')
      .trim()
      .split(/\s+/)
    const [, type = '', octets = ''] = /^(Mesh|Global|Node)_(.+)$/.exec(name) ?? []
    if (protocol !== 'BGP' || type === '' || info.length === 0) return []
    const address = octets.replaceAll('_', '.')
    return [
      { address, type: TYPES[type] ?? '', state, since: since.replace(/\.\d+$/, ''), info: info.join(' ') },
    ]
  })
}

export function peersTable(found: readonly Peer[]): string {
  if (found.length === 0) return 'No IPv4 peers found.\n'
  const rows = found.map(({ address, type, state, since, info }) => [address, type, state, since, info])
  return boxedTable(['Peer address', 'Peer type', 'State', 'Since', 'Info'], rows)
}
