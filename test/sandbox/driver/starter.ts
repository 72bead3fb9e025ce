import { once } from 'node:events'
import { createServer } from 'node:http'
import { LabError } from '../../../src/base/errors.ts'
import { pathsFrom } from '../../../src/base/paths.ts'
import { insideMachines } from '../../../src/drivers/sandbox/inside.ts'
import { createSandboxDriver } from '../../../src/drivers/sandbox/sandbox.ts'
import { topologyNamed } from './topology.ts'

/**
 * A program of its own, as the CLI is: `starter <state> <lab> up|keep|hold` brings a lab up, `starter companion` is
 * what it puts beside the machines. It says what happens on stdout, a line each.
 */
const say = (line: string) => process.stdout.write(`${line}\n`)

async function start(state: string, lab: string, action: string): Promise<void> {
  const driver = createSandboxDriver({
    paths: pathsFrom({ XDG_STATE_HOME: state }),
    programs: [process.argv[1] ?? ''],
    node: process.execPath,
    env: process.env,
  })
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const companion = {
    argv: [process.execPath, process.argv[1] ?? '', 'companion'],
    machine: 'node0',
    inherit: [server],
    logFile: `${state}/${lab}.log`,
  }
  try {
    const running = await driver.up(topologyNamed(lab), {
      companion,
      signal: interrupted.signal,
      onPhase: (phase) => say(phase.name),
    })
    const address = server.address()
    server.close()
    say(`up ${typeof address === 'object' ? address?.port : ''}`)
    if (action === 'ping')
      say(`ping ${(await running.machines[0]?.exec(['ping', '-qc1', 'node1']))?.exitCode}`)
    if (action === 'keep') await running.keep()
  } catch (thrown) {
    say(`error ${thrown instanceof LabError ? `${thrown.code}: ${thrown.hint}` : (thrown as Error).message}`)
    server.close()
  }
}

/** Serves on the socket it inherited, on node0's own port 6443, and says which machines it saw. */
async function companion(): Promise<void> {
  const machines = insideMachines()
  const pids = await Promise.all(['node0', 'node1'].map((name) => machines.ready(name)))
  machines.onReady((name) => say(`again ${name}`))
  const names = await Promise.all(['node0', 'node1'].map((name) => machines.machine(name).exec(['hostname'])))
  const answer = JSON.stringify({ pids, names: names.map((name) => name.stdout.trim()) })
  const server = () =>
    createServer((request, response) => {
      if (request.url === '/exit') process.exit()
      response.end(answer)
    })
  server().listen({ fd: 3 })
  server().listen(6443, '0.0.0.0', () => say('listening'))
}

const [, , first = '', lab = '', action = ''] = process.argv
await (first === 'companion' ? companion() : start(first, lab, action))
