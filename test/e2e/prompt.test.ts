import { spawn, type IPty } from '@lydell/node-pty'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLI, eventually, Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
let terminal: Terminal
beforeAll(async () => {
  terminal = new Terminal(['start', 'flannel', '--plain'])
  await terminal.until('1/12> ')
})
afterAll(async () => {
  terminal.end()
  await stranger.leave()
})

/** The CLI on a terminal of 80 by 24. */
class Terminal {
  readonly #pty: IPty
  #said = ''
  readonly exited: Promise<number>

  constructor(args: readonly string[]) {
    // In CI nothing is prompted for.
    const { NO_COLOR: _, CI: __, ...env } = stranger.env
    this.#pty = spawn(process.execPath, [CLI, ...args], {
      cols: 80,
      rows: 24,
      cwd: stranger.home,
      env: { ...env, TERM: 'xterm-256color' },
    })
    this.#pty.onData((data) => (this.#said += stripVTControlCharacters(data).replaceAll('\r', '')))
    this.exited = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)))
  }

  /** What has been said since the last time, as soon as it has this in it. */
  async until(wanted: string): Promise<string> {
    const said = await eventually(
      `"${wanted}" on the terminal`,
      async () => this.#said,
      (text) => text.includes(wanted),
    )
    this.#said = ''
    return said
  }

  /** Types a line and returns what is said until the prompt is back. */
  async type(line: string, wanted: string): Promise<string> {
    this.#pty.write(`${line}\r`)
    return await this.until(wanted)
  }

  press(key: string): void {
    this.#pty.write(key)
  }

  end(): void {
    this.#pty.kill('SIGKILL')
  }
}

test('a lesson: look, try, fail, be helped, pass, be told why, go on', async () => {
  expect(await terminal.type('t', '1/12> ')).toContain('1/12 Three nodes, three slices')
  expect(await terminal.type('1', '1/12> ')).toMatch(/node2 +Ready/)
  expect(await terminal.type('c', '1/12> ')).toContain('✗ There is no /root/node1-pods on node0 yet.')
  expect(await terminal.type('hint', '1/12> ')).toContain('Hint 1 of 3:')
  expect(await terminal.type('v', '1/12> ')).toContain('node0$ echo 10.42.')
  const passed = await terminal.type('check', '1/12> ')
  expect(passed).toContain('✓ Pods on node1 get their addresses from')
  expect(passed).toContain('The controller manager cuts it into /24 slices')
  expect(passed).toContain('n goes on to the next step.')
  expect(await terminal.type('n', '2/12> ')).toContain('2/12 Three pods and a service')
  expect(await terminal.type('1', '2/12> ')).toContain('deployment.apps/hello-kubernetes created')
})

test('a shell has a prompt that says where one is, job control, and Ctrl-C for itself', async () => {
  await terminal.type('shell node1', 'root@node1:~# ')
  expect(await terminal.type('sleep 1000 & jobs', 'Running')).not.toContain('no job control')
  await terminal.type('ping node0', 'icmp_seq=2')
  terminal.press('\u0003')
  expect(await terminal.until('root@node1:~# ')).toContain('ping statistics')
  expect(await terminal.type('exit', '2/12> ')).not.toContain('error')
})

test('what is no word of the prompt is answered with the nearest that is', async () => {
  expect(await terminal.type('chek', '2/12> ')).toContain('Did you mean "check"?')
  expect(await terminal.type('9', '2/12> ')).toContain('This step suggests 1 to 3.')
  expect(await terminal.type('solve --too 3', '2/12> ')).toContain("Unknown option '--too'.")
  expect(await terminal.type('?', '2/12> ')).toContain('s node1, shell node1')
})

test('a machine’s name runs a whole line there', async () => {
  expect(await terminal.type('node2 hostname | tr a-z A-Z', '2/12> ')).toContain('\nNODE2\n')
})

test('Ctrl-C ends the command that runs and not the lesson, twice too', async () => {
  for (let i = 0; i < 2; i++) {
    await terminal.type('node0 echo begun; sleep 1000', 'begun\n')
    terminal.press('\u0003')
    await terminal.until('2/12> ')
  }
  expect(await terminal.type('goto 1', '1/12> ')).toContain('(done)')
})

test('a second lab does not confuse the lesson', async () => {
  await stranger.run(['start', 'containers'])
  expect(await terminal.type('k get nodes', '1/12> ')).toContain('control-plane')
})

test('leaving keeps the lab running and says how to come back', async () => {
  expect(await terminal.type('q', 'knet-labs stop flannel')).toContain('knet-labs resume flannel')
  expect(await terminal.exited).toBe(0)
  expect(await stranger.json(['--lab', 'flannel', 'step'])).toMatchObject({ id: 'nodes', done: true })
})
