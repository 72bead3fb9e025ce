import { expect, test } from 'vitest'
import { completions, promptWords } from '../../../src/cli/prompt-words.ts'
import type { Environment } from '../../../src/cluster/environment.ts'

const environment = {
  name: 'flannel',
  running: { machines: [{ name: 'node0' }, { name: 'node1' }] },
} as unknown as Environment

const suggestions = [
  { on: 'node1', command: 'ip route | wc -l' },
  { command: 'kubectl get nodes -o jsonpath="{.items}"' },
]

async function means(typed: string): Promise<[string, readonly string[], object]> {
  const { command, invocation } = await promptWords(typed, environment, suggestions)
  const { lab: _, ...options } = invocation.options
  return [command.name, invocation.args, options]
}

test.each([
  ['c', 'check', []],
  ['check', 'check', []],
  ['l', 'status', []],
  ['?', 'help', []],
  ['g 3', 'goto', ['3']],
  ['s node1', 'shell', ['node1']],
  ['k get pods -o "jsonpath={.a b}"', 'kubectl', ['get', 'pods', '-o', 'jsonpath={.a b}']],
  ['node1', 'shell', ['node1']],
  ['node0 ip addr | grep "a  b"', 'exec', ['node0', '--', 'sh', '-c', 'ip addr | grep "a  b"']],
])('%j means %s %j', async (typed, command, args) => {
  const [name, given] = await means(typed)
  expect([name, given.filter((word) => word !== '--')]).toEqual([
    command,
    args.filter((word) => word !== '--'),
  ])
})

test('options are read as on the command line', async () => {
  expect(await means('solve --to vtep')).toEqual(['solve', [], { to: 'vtep' }])
  expect(await means('c --watch')).toEqual(['check', [], { watch: true }])
})

test('a suggested command runs in a machine as it stands, kubectl’s on the first', async () => {
  expect((await means('1'))[1]).toEqual(expect.arrayContaining(['node1', 'sh', '-c', 'ip route | wc -l']))
  expect((await means('2'))[1]).toEqual(
    expect.arrayContaining(['node0', 'kubectl get nodes -o jsonpath="{.items}"']),
  )
})

test.each([
  ['3', 'This step suggests 1 to 2.'],
  ['0', 'This step suggests 1 to 2.'],
  ['chek', '"chek" is none of the prompt\'s words.'],
  ['constructor', '"constructor" is none of the prompt\'s words.'],
  ['goto', "Missing required argument 'step'."],
])('%j is refused: %s', async (typed, message) => {
  await expect(promptWords(typed, environment, suggestions)).rejects.toMatchObject({ message, exitCode: 64 })
})

test('Tab offers words first, and machines after them', () => {
  expect(completions('st', environment)).toEqual([['step', 'status'], 'st'])
  expect(completions('shell n', environment)).toEqual([['node0', 'node1'], 'n'])
})
