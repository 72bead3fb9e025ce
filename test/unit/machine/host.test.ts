import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import { hostExec, hostMachine, hostRun, hostSpawn } from '../../../src/machine/host.ts'
import { commandLine } from '../../../src/machine/quote.ts'

test('a command’s output, error output and exit code come back, whatever the code', async () => {
  const result = await hostExec(['sh', '-c', 'echo out; echo err >&2; exit 3'])
  expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' })
  expect(result.argv[0]).toBe('sh')
})

test('a signal counts as 128 and its number, a timeout as 124', async () => {
  expect((await hostExec(['sh', '-c', 'kill -TERM $$'])).exitCode).toBe(143)
  expect((await hostExec(['sleep', '10'], { timeoutMs: 20 })).exitCode).toBe(124)
})

test('a timeout ends what the command started, too', async () => {
  const { stdout } = await hostExec(['sh', '-c', 'sleep 1000 & echo $!; wait'], { timeoutMs: 200 })
  const isOver = async () =>
    !/^State:\s+[RS]/m.test((await hostExec(['cat', `/proc/${stdout.trim()}/status`])).stdout)
  await until(isOver, { what: 'the grandchild to end', deadlineMs: 2000 })
})

test('input is sent, and is empty when there is none', async () => {
  expect((await hostExec(['cat'], { stdin: 'hello' })).stdout).toBe('hello')
  expect((await hostExec(['cat'])).stdout).toBe('')
  expect((await hostExec(['true'], { stdin: 'x'.repeat(1_000_000) })).exitCode).toBe(0)
})

test('what can’t be started is an error that says so', async () => {
  await expect(hostExec(['/no/such'])).rejects.toMatchObject({ code: 'KNET_EXEC_FAILED' })
  expect(() => hostSpawn(['/no/such'])).toThrow('Could not start /no/such')
})

test('an abort ends the command and rejects with its reason', async () => {
  const controller = new AbortController()
  const running = hostExec(['sleep', '10'], { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  await expect(hostExec(['true'], { signal: controller.signal })).rejects.toThrow('enough')
})

test('a spawned command is read as it speaks and ended by a signal', async () => {
  const child = hostMachine().spawn(['sh', '-c', 'echo ready; sleep 100'])
  for await (const chunk of child.stdout) {
    expect(String(chunk)).toBe('ready\n')
    break
  }
  child.kill()
  expect(await child.exited).toBe(143)
})

test('a long run gives each line as it comes and keeps the last ones', async () => {
  const lines: string[] = []
  const result = await hostRun(['sh', '-c', 'seq 30; echo no >&2; exit 5'], {
    onLine: (line) => lines.push(line),
  })
  expect(lines).toHaveLength(31)
  expect(result).toMatchObject({ exitCode: 5 })
  expect(result.lastLines).toHaveLength(20)
})

test('words are quoted so that a shell reads them back', () => {
  const words = ['a b', "it's", '$HOME', '', '*', 'plain-1.2/x', 'two\nlines']
  const said = execFileSync('sh', ['-c', `printf '%s|' ${commandLine(words)}`], { encoding: 'utf8' })
  expect(said.split('|').slice(0, -1)).toEqual(words)
})
