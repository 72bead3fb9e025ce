import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PODS } from '../../../../src/kube/resources.ts'
import { localPodAccess } from './local-pod-access.ts'
import { KUBECTLS, startApi, type RunningApi } from './start-api.ts'

let api: RunningApi
beforeAll(async () => {
  api = await startApi(localPodAccess())
  const metadata = { name: 'p', namespace: 'default' }
  const pod = await api.server.client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: { containers: [{ name: 'c', image: 'i' }] },
  })
  await api.server.client.update(PODS, { ...pod, status: { phase: 'Running' } }, 'status')
})
afterAll(() => api.close())

/** A kubectl that runs until told otherwise. */
function start(kubectl: string, ...args: string[]): ChildProcess {
  return spawn(kubectl, ['--kubeconfig', api.kubeconfig, ...args], { stdio: 'pipe' })
}

/** What it prints until that contains `text`. */
async function readUntil(child: ChildProcess, text: string): Promise<string> {
  let read = ''
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    read += String(chunk)
    if (read.includes(text)) break
  }
  child.stdout?.resume()
  return read
}

describe.each(KUBECTLS)('%s', (path) => {
  const kubectl = (args: string[], input?: string) => api.kubectl(path, args, input)

  test('exec gives the command’s output, errors and exit code.', async () => {
    const script = 'echo out; echo err >&2; exit 3'
    const { code, stdout, stderr } = await kubectl(['exec', 'p', '--', 'sh', '-c', script])
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'out\n' })
    expect(stderr).toBe('err\ncommand terminated with exit code 3\n')
  })

  test('exec -i carries stdin to its end, more of it than any window.', async () => {
    const input = 'x'.repeat(300_000)
    const { code, stdout } = await kubectl(['exec', '-i', 'p', '--', 'cat'], input)
    expect(code).toBe(0)
    expect(stdout.length).toBe(input.length)
  })

  test('exec carries a megabyte of output.', async () => {
    const script = 'head -c 1000000 /dev/zero | tr "\\0" y'
    const { stdout } = await kubectl(['exec', 'p', '--', 'sh', '-c', script])
    expect(stdout.length).toBe(1_000_000)
  })

  test('exec -it gives a terminal of the learner’s size.', async () => {
    const { spawn } = await import('@lydell/node-pty')
    const args = ['--kubeconfig', api.kubeconfig, 'exec', '-it', 'p', '--', 'sh']
    const terminal = spawn(path, args, { cols: 101, rows: 33 })
    let screen = ''
    const shows = (text: RegExp) =>
      new Promise<void>((resolve) => {
        const look = (data: string) => {
          screen += data
          if (text.test(screen)) resolve()
        }
        terminal.onData(look)
      })
    const exited = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    const prompt = shows(/[#$] /)
    await prompt
    const size = shows(/33 101/)
    terminal.write('tty; stty size\r')
    await size
    terminal.write('exit 7\r')
    expect(await exited).toBe(7)
    expect(screen).toContain('/dev/pts/')
  })

  test('A learner who leaves ends the command.', async () => {
    const child = start(path, 'exec', 'p', '--', 'sh', '-c', 'echo $$; exec sleep 1000')
    const pid = Number(await readUntil(child, '\n'))
    child.kill('SIGKILL')
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  test('exec in an unknown container or pod is refused in the API’s words.', async () => {
    const container = await kubectl(['exec', 'p', '-c', 'nope', '--', 'true'])
    expect(container.code).not.toBe(0)
    expect(container.stderr).toContain('container nope is not valid for pod p')
    const pod = await kubectl(['exec', 'nope', '--', 'true'])
    expect(pod.stderr).toBe('Error from server (NotFound): pods "nope" not found\n')
  })

  test('attach -i talks to the container’s process.', async () => {
    const { stdout } = await kubectl(['attach', '-i', 'p'], 'hello\n')
    expect(stdout).toContain('hello\n')
  })

  test('logs, --tail and -f give lines as they come.', async () => {
    expect((await kubectl(['logs', 'p'])).stdout).toBe('one\ntwo\nthree\n')
    expect((await kubectl(['logs', 'p', '--tail=1'])).stdout).toBe('three\n')
    const following = start(path, 'logs', '-f', 'p')
    expect(await readUntil(following, 'and more\n')).toBe('one\ntwo\nthree\nand more\n')
    following.kill()
  })

  test('port-forward carries connections to the pod’s port.', async () => {
    const web = createServer((_, response) => response.end('hello from the pod'))
    await once(web.listen(0, '127.0.0.1'), 'listening')
    const { port } = web.address() as AddressInfo
    const child = start(path, 'port-forward', 'pod/p', `:${port}`)
    try {
      const [, local] = /127\.0\.0\.1:(\d+)/.exec(await readUntil(child, '->')) ?? []
      for (const _ of [1, 2]) expect(await get(Number(local))).toContain('hello from the pod')
    } finally {
      child.kill()
      web.close()
      web.closeAllConnections()
    }
  })
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function get(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.0\r\n\r\n')
  let read = ''
  for await (const chunk of socket) read += String(chunk)
  return read
}
