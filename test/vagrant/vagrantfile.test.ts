import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProgram } from '../../src/machine/packages.ts'
import { finished, Stranger } from '../helpers/cli.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const missing = (program: string) =>
  findProgram(program, process.env['PATH'] ?? '') ? undefined : `not installed: ${program}`

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return finished(
    spawn(program, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
  )
}

/** Vagrant's own folders, made as the test begins and gone when it ends. */
function apart(): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'knet-vagrantfile-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return {
    VAGRANT_HOME: join(folder, 'home'),
    VAGRANT_DOTFILE_PATH: join(folder, 'dot'),
    DOCKER_HOST: 'unix:///nowhere',
    VAGRANT_DEFAULT_PROVIDER: '',
  }
}

test('the Vagrantfile is one that Vagrant understands, whatever sizes, box and files are set', async ({
  skip,
}) => {
  skip(missing('vagrant') !== undefined, missing('vagrant'))
  const env = apart()
  const set = { KNET_VM_MEMORY: '2048', KNET_VM_CPUS: '1', KNET_VM_BOX: 'some/box', KNET_VM_FILES: ROOT }
  for (const more of [{}, set]) {
    const { code, stdout, stderr } = await run('vagrant', ['validate', '--ignore-provider'], {
      ...env,
      ...more,
    })
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('validated successfully')])
  }
})

test('shellcheck finds nothing in the provisioner', async ({ skip }) => {
  skip(missing('shellcheck') !== undefined, missing('shellcheck'))
  expect(await run('shellcheck', ['images/vm/provision.sh'])).toMatchObject({ code: 0, stdout: '' })
})

test('the package has all that makes a virtual machine or a container without a clone', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const wanted = ['Vagrantfile', 'images/vm/provision.sh', 'images/sandbox/Dockerfile', 'dist/cli.js']
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(wanted))
})

test('where nothing can run a virtual machine, or its box is nowhere, a start says so and what mends it', async ({
  skip,
}) => {
  skip(missing('vagrant') !== undefined, missing('vagrant'))
  const stranger = new Stranger(apart())
  onTestFinished(() => stranger.leave())
  const { code, stdout } = await stranger.run(['start', 'flannel', '--driver', 'vagrant', '--json'])
  expect([code, JSON.parse(stdout)]).toMatchObject([
    69,
    {
      error: {
        code: 'KNET_VAGRANT',
        message: 'Vagrant finds nothing here that can run a virtual machine.',
        hint: expect.stringContaining('VirtualBox') as string,
      },
    },
  ])
  expect(await stranger.json<object>(['doctor', '--driver', 'vagrant'])).toMatchObject({
    ready: false,
    findings: [
      { name: 'vagrant', ok: true },
      { name: 'ssh', ok: true },
      { name: 'provider', ok: false },
    ],
  })
  expect(existsSync(join(stranger.lab('flannel'), 'run'))).toBe(false)
})

test('a driver that is misspelt is one that there is', async () => {
  const stranger = new Stranger(apart())
  onTestFinished(() => stranger.leave())
  const { stdout } = await stranger.run(['start', 'flannel', '--driver', 'vagarnt', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'KNET_UNKNOWN_DRIVER', hint: 'Did you mean --driver vagrant?' },
  })
})
