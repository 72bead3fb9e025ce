import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { COMMANDS } from '../../src/cli/commands.ts'
import { Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
afterAll(() => stranger.leave())

const all = COMMANDS.flatMap((command) => [
  [command.name],
  ...(command.subcommands ?? []).map((sub) => [command.name, sub.name]),
]).filter(([first]) => first !== 'kubectl' && first !== 'calicoctl')

test.each(all.map((words) => words.join(' ')))('%s explains itself with examples', async (command) => {
  const { code, stdout, stderr } = await stranger.run([...command.split(' '), '--help'])
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(stdout).toContain(`Usage: knet-labs ${command}`)
  expect(stdout).toMatch(/Examples:\n {2}\S/)
})

test('--help names every command, and no line is wider than a terminal', async () => {
  const { stdout } = await stranger.run(['--help'])
  for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('without a command it shows the labs and how to start one', async () => {
  const { code, stdout } = await stranger.run([])
  expect(code).toBe(0)
  for (const word of ['containers', 'flannel', 'services', 'knet-labs start flannel']) {
    expect(stdout).toContain(word)
  }
})

describe('what is mistyped is refused with exit code 64 and what was probably meant', () => {
  test.each([
    [['strat', 'flannel'], 'There is no command "strat".', 'Did you mean "knet-labs start"?'],
    [['author'], 'knet-labs author wants one more word: lint.', 'For example: knet-labs author lint'],
    [['author', 'lnit'], 'There is no command "lnit".', 'Did you mean "knet-labs author lint"?'],
    [['start', 'flanel'], 'There is no lab called "flanel".', 'Did you mean flannel?'],
    [
      ['start', 'flannel', '--driver', 'sandbx'],
      'There is no driver "sandbx".',
      'Did you mean --driver sandbox?',
    ],
    [['check', '--wach'], "Unknown option '--wach'.", 'Did you mean --watch?'],
    [['start'], "Missing required argument 'lab'.", 'For example: knet-labs start flannel'],
    [['next', 'please'], "Too many arguments for 'next'.", 'For example: knet-labs next'],
    [['completion', 'tcsh'], 'There is no completion for "tcsh".', 'knet-labs completion bash|zsh|fish'],
  ])('%j', async (args, message, hint) => {
    const { code, stdout, stderr } = await stranger.run(args)
    expect(stderr).toContain(`error ${message}`)
    expect(stderr).toContain(`fix   ${hint}`)
    expect([code, stdout]).toEqual([64, ''])
  })
})

test('with --json an error is one document on stdout', async () => {
  const { code, stdout, stderr } = await stranger.run(['--json', 'start', 'flanel'])
  expect([code, stderr]).toEqual([64, ''])
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'KNET_UNKNOWN_LAB', hint: 'Did you mean flannel?' },
  })
})

test('what needs a lab says that none is running, and how to start one', async () => {
  for (const words of [['check'], ['status'], ['exec', 'node0', '--', 'true'], ['stop']]) {
    const { code, stderr } = await stranger.run(words)
    expect(stderr).toContain('No lab is running.\nfix   knet-labs start flannel')
    expect(code).toBe(2)
  }
})

test('stopping everything when nothing runs is no failure', async () => {
  expect(await stranger.run(['stop', '--all'])).toMatchObject({ code: 0, stdout: 'No lab is running.\n' })
})

test('doctor tells of a machine without the very program that namespaces are made by, and what installs it', async () => {
  const hide = 'mount --bind /dev/null "$(command -v unshare)" && exec "$@"'
  const through = ['unshare', '--map-root-user', '--mount', 'sh', '-c', hide, '-']
  const poor = new Stranger({}, through)
  onTestFinished(() => poor.leave())
  const { findings } = await poor.json<{ findings: object[] }>(['doctor', '--driver', 'sandbox'])
  expect(findings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'user namespaces', ok: false, fix: 'install unshare first' }),
      expect.objectContaining({ name: 'unshare', ok: false, fix: expect.stringContaining('util-linux') }),
    ]),
  )
  const { code, stdout } = await poor.run(['start', 'calico', '--driver', 'sandbox', '--json'])
  expect([code, stdout]).toEqual([69, expect.stringContaining('KNET_PREREQUISITES')])
})

test('what is printed has no colours without a terminal', async () => {
  const { stdout } = await stranger.run(['doctor'], { env: { NO_COLOR: undefined } })
  expect(stdout).toContain('tshark')
  expect(stdout).not.toContain('\u001B')
})
