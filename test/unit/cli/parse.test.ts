import { expect, test } from 'vitest'
import { parse, type Parsed } from '../../../src/cli/parse.ts'

async function read(line: string): Promise<Parsed> {
  const parsed = await parse(line.split(' ').filter(Boolean))
  if (typeof parsed === 'number') throw new Error(`nothing to run: ${parsed}`)
  return parsed
}

test('options that all commands have may come before the command or after', async () => {
  const wanted = { json: true, lab: 'flannel', yes: true, debug: false }
  for (const line of [
    '--json --lab flannel -y check',
    'check --json --lab flannel --yes',
    '--json check -y --lab flannel',
  ]) {
    expect((await read(line)).globals).toEqual(wanted)
  }
})

test('no command means the welcome', async () => {
  expect((await read('')).command.name).toBe('welcome')
  expect(await read('--json')).toMatchObject({ command: { name: 'welcome' }, globals: { json: true } })
})

test('what follows the machine belongs to the command that runs there', async () => {
  const { invocation, globals } = await read('exec node0 -- ls --json -y')
  expect(invocation.args.filter((word) => word !== '--')).toEqual(['node0', 'ls', '--json', '-y'])
  expect(globals).toMatchObject({ json: false, yes: false })
  expect((await read('exec node0 ip --json addr')).globals.json).toBe(false)
})

test('kubectl gets its own words, --help too', async () => {
  expect((await read('kubectl get pods --help -o json')).invocation.args).toEqual([
    'get',
    'pods',
    '--help',
    '-o',
    'json',
  ])
})

test('reset takes --lab alone for the whole lab, and with a name for which', async () => {
  expect((await read('reset --lab')).invocation.options['lab']).toBe(true)
  expect(await read('reset --step --lab flannel')).toMatchObject({
    invocation: { options: { step: true, lab: 'flannel' } },
    globals: { lab: 'flannel' },
  })
})

test.each([
  ['chekc', 'There is no command "chekc".', 'Did you mean "knet-labs check"?'],
  ['xyzzy', 'There is no command "xyzzy".', /--help lists the commands/],
  ['author', 'knet-labs author wants one more word: lint.', /author lint/],
  ['goto', "Missing required argument 'step'.", /goto 3/],
  ['step --jsn', "Unknown option '--jsn'.", 'Did you mean --json?'],
  ['solve --to', "Option '--to <step>' argument missing.", /solve/],
])('%j is refused, with help', async (line, message, hint) => {
  const refusal = await parse(line.split(' ')).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ code: 'KNET_USAGE', exitCode: 64, message })
  expect((refusal as { hint: string }).hint).toMatch(hint)
})
