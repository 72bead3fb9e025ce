import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CLI, Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
afterAll(() => stranger.leave())

/** What bash offers after these words, by the script that the CLI prints. */
function offered(line: string): string[] {
  const bin = join(stranger.home, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'knet-labs'), `#!/bin/sh\nexec ${process.execPath} ${CLI} "$@"\n`, { mode: 0o755 })
  const script = `source <(knet-labs completion bash)
    COMP_WORDS=(${line}); [[ "$1" == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    $(complete -p knet-labs | sed 's/.*-F \\(\\S*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', line], {
    encoding: 'utf8',
    env: { ...stranger.env, PATH: `${bin}:${process.env['PATH']}` },
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(Boolean)
}

test('bash completes commands', () => {
  expect(offered('knet-labs st')).toEqual(['start', 'stop', 'step', 'status'])
})

test('bash completes labs', () => {
  expect(offered('knet-labs start ')).toEqual(expect.arrayContaining(['containers', 'flannel', 'services']))
})

test('bash completes the shells that there is completion for', () => {
  expect(offered('knet-labs completion z')).toEqual(['zsh'])
})

test('bash completes options', () => {
  expect(offered('knet-labs check --w')).toEqual(['--watch'])
})
