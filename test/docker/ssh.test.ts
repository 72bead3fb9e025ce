import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { dockerUser, sharedDaemon, topologyOf, whyNoDocker } from '../helpers/docker-lab.ts'

beforeEach(({ skip }) => skip(whyNoDocker() !== undefined, whyNoDocker()))

/** An ssh that goes nowhere, but ends at a daemon as the real one does; what it was asked for is in `said`. */
function standInSsh(script: (folder: string) => string): { said: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'knet-ssh-'))
  const before = process.env['PATH']
  writeFileSync(join(folder, 'ssh'), `#!/bin/sh\necho "$*" >>${folder}/said\n${script(folder)}\n`, {
    mode: 0o755,
  })
  process.env['PATH'] = `${folder}:${before}`
  onTestFinished(() => {
    process.env['PATH'] = before
    rmSync(folder, { recursive: true })
  })
  return { said: () => readFileSync(join(folder, 'said'), 'utf8') }
}

/** What `docker system dial-stdio` does. */
const DIAL = `const s = require('net').connect({ path: process.argv[1], allowHalfOpen: true })
process.stdin.pipe(s); s.pipe(process.stdout); s.on('end', () => process.exit())`

test('a daemon on another computer is reached by ssh, commands with input and all', async () => {
  const { socket } = sharedDaemon()
  const { said } = standInSsh(() => `exec ${process.execPath} -e "${DIAL}" ${socket}`)
  const { driver } = dockerUser(socket, { DOCKER_HOST: 'ssh://ada@far:2222' })
  const running = await driver.up(topologyOf('far', 1), {})
  await running.keep()
  expect(said()).toContain('-l ada -p 2222 -- far docker system dial-stdio\n')
  const [machine] = running.machines
  expect(await machine!.exec(['sh', '-c', 'cat; echo err >&2; exit 3'], { stdin: 'typed' })).toMatchObject({
    stdout: 'typed',
    stderr: 'err\n',
    exitCode: 3,
  })
  expect(await driver.down('far')).toBe(true)
}, 120_000)

test('many commands at once are not more on their way than an sshd lets knock at its door', async () => {
  const { socket } = sharedDaemon()
  const { said } = standInSsh(
    (folder) => `touch ${folder}/knocking.$$; ls ${folder} | grep -c knocking >>${folder}/said; sleep 0.2
rm ${folder}/knocking.$$; exec ${process.execPath} -e "${DIAL}" ${socket}`,
  )
  const { driver } = dockerUser(socket, { DOCKER_HOST: 'ssh://ada@far' })
  const { machines } = await driver.up(topologyOf('many', 1), {})
  const names = await Promise.all(Array.from({ length: 8 }, () => machines[0]!.exec(['hostname'])))
  expect(names.map(({ stdout }) => stdout)).toEqual(names.map(() => 'node0\n'))
  const knocking = said().match(/^\d+$/gm) ?? []
  expect(Math.max(...knocking.map(Number))).toBeGreaterThan(3)
  expect(Math.max(...knocking.map(Number))).toBeLessThanOrEqual(6)
}, 120_000)

test('what ssh complains of is why Docker does not answer', async () => {
  standInSsh(() => 'echo "ada@far: Permission denied (publickey)." >&2; exit 255')
  const { driver } = dockerUser('', { DOCKER_HOST: 'ssh://ada@far' })
  const [finding] = await driver.probe('start')
  expect(finding).toMatchObject({ ok: false })
  expect(finding?.seen).toContain('ssh said ada@far: Permission denied (publickey).')
})
