import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPacketCapture } from '../../src/capture/packet-capture-start.ts'
import { loadLab } from '../../src/lab/load.ts'
import type { Running } from '../../src/machine/driver.ts'
import { hostExec, hostMachine } from '../../src/machine/host.ts'
import { openPty } from '../../src/machine/pty.ts'
import { watchNetwork } from '../../src/session/network/watch-network.ts'
import { eventually, finished, Stranger } from '../helpers/cli.ts'
import {
  type DockerUser,
  newDockerUser,
  sharedDaemon,
  topologyOf,
  topologyOfRacks,
  whyNoDocker,
} from '../helpers/docker-lab.ts'
import { importTar } from '../helpers/dockerd.ts'
import { labPorts } from '../helpers/lab-ports.ts'
import { builtNodeImage, nodeImageMissing } from '../helpers/node-image.ts'

const MINUTE = 60_000
const why = whyNoDocker() ?? nodeImageMissing()

let user: DockerUser
let running: Running

beforeAll(async () => {
  if (why !== undefined) return
  const { docker, socket } = sharedDaemon()
  const { name, tar } = await builtNodeImage()
  await importTar(docker, tar, name)
  user = newDockerUser(socket, { KNET_NODE_IMAGE: '' })
  running = await user.driver.up(topologyOf('real', 2), {})
  await running.keep()
}, 15 * MINUTE)
afterAll(async () => user?.leave())
beforeEach(({ skip }) => skip(why !== undefined, why))

test('systemd is the first process, everything of it works, and it has its own control groups', async () => {
  const on = async (command: string) => (await running.machines[0]!.exec(['sh', '-c', command])).stdout.trim()
  expect(
    await on('systemctl is-system-running --wait; systemctl list-units --failed --plain --no-legend'),
  ).toBe('running')
  expect(await on('cat /proc/1/comm')).toBe('systemd')
  expect(await on('systemctl is-active ssh')).toBe('active')
  expect(await on('systemd-run --quiet --wait --pipe cat /proc/self/cgroup')).toContain('/system.slice/run-')
  expect(await on('ip netns add red && ip -n red link && ip netns del red')).toContain('LOOPBACK')
  expect(await on('sysctl -w net.ipv4.ip_forward=1')).toBe('net.ipv4.ip_forward = 1')
})

test('a router has BIRD from the start, also of Docker’s own, and knows its networks', async () => {
  const { docker } = sharedDaemon()
  const { machines } = await user.driver.up(topologyOfRacks('birds'), {})
  const fabric = machines[2]!
  const protocols = async () => (await fabric.exec(['birdc', 'show', 'protocols'])).stdout
  expect(await protocols()).toMatch(/kernel1\s+Kernel\s+master4\s+up/)
  await docker.getContainer('birds-fabric').restart({ t: 0 })
  await eventually('BIRD', protocols, (said) => /direct1\s+Direct\s+---\s+up/.test(said))
  const routes = (await fabric.exec(['birdc', 'show', 'route'])).stdout
  for (const subnet of ['25.25.25.0/24', '35.35.35.0/24']) expect(routes).toContain(subnet)
  // systemd answers a moment after BIRD does.
  const system = async () => (await fabric.exec(['systemctl', 'is-system-running', '--wait'])).stdout
  await eventually('systemd', system, (said) => said === 'running\n')
  await user.driver.down('birds')
})

test('sshd lets in who has the key of the lab, at the port that footloose would take', async () => {
  const { docker, pid } = sharedDaemon()
  const { NetworkSettings } = await docker.getContainer('real-node1').inspect()
  const port = NetworkSettings.Ports['22/tcp']?.[0]?.HostPort ?? ''
  const key = join(user.paths.run('real'), 'cluster-key')
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes'].flatMap(
    (one) => ['-o', one],
  )
  const ssh = ['ssh', ...options, '-i', key, '-p', port, 'root@127.0.0.1', 'hostname']
  const said = await eventually(
    'sshd',
    () => hostExec(['nsenter', `--net=/proc/${pid}/ns/net`, ...ssh]),
    ({ exitCode }) => exitCode === 0,
  )
  expect(said.stdout).toBe('node1\n')
})

test('packets of a machine are captured and decoded as they pass', async () => {
  const [machine] = running.machines
  const capture = await startPacketCapture({
    machine: machine!,
    host: hostMachine(),
    place: 'node0',
    device: 'eth0',
    filter: 'icmp',
    folder: user.paths.run('real'),
  })
  await machine!.exec(['ping', '-c', '2', '-i', '0.2', 'node1'])
  await eventually(
    'four packets',
    async () => capture.packets.length,
    (count) => count === 4,
  )
  expect(capture.packets[1]).toMatchObject({
    source: '172.19.0.3',
    destination: '172.19.0.2',
    protocol: 'ICMP',
  })
  await capture.close()
  await eventually(
    'dumpcap to end',
    async () => (await machine!.exec(['pgrep', '-c', 'dumpcap'])).stdout,
    (count) => count === '0\n',
  )
})

test('the map of the network shows machines, and what is built in them as it is built', async () => {
  const abort = new AbortController()
  const { topology, machines } = running
  const watch = watchNetwork({ lab: { topology }, ports: labPorts(machines), signal: abort.signal })
  const stop = watch.onChange(() => {})
  const links = () => watch.map?.machines[0]?.interfaces.map(({ name, kind }) => `${name} ${kind}`) ?? []
  await eventually(
    'eth0',
    async () => links(),
    (seen) => seen.includes('eth0 physical'),
  )
  await machines[0]!.exec(['ip', 'link', 'add', 'br7', 'type', 'bridge'])
  await eventually(
    'the bridge',
    async () => links(),
    (seen) => seen.includes('br7 bridge'),
  )
  stop()
  abort.abort()
})

test('a terminal of the screen’s is one in the machine, without a docker CLI', async () => {
  const { argv, env } = running.machines[0]!.terminalCommand(['bash', '-i'])
  const terminal = await openPty(
    { argv, env: { ...env, PATH: '/usr/bin:/bin', TERM: 'xterm-256color' } },
    { columns: 91, rows: 31 },
  )
  let said = ''
  terminal.onData((bytes) => (said += Buffer.from(bytes).toString()))
  const exited = new Promise<number>((resolve) => terminal.onExit(resolve))
  await eventually(
    'a prompt',
    async () => said,
    (text) => text.includes('root@node0:~# '),
  )
  terminal.write(Buffer.from('stty size; echo $TERM; exit 4\r'))
  expect(await exited).toBe(4)
  expect(said).toContain('31 91\r\nxterm-256color')
})

test(
  'every step of the lab containers proves itself',
  async () => {
    const lab = loadLab(resolve(import.meta.dirname, '../../labs/containers'))
    expect(lab.steps.length).toBeGreaterThan(0)
    const stranger = new Stranger({ DOCKER_HOST: `unix://${sharedDaemon().socket}`, KNET_NODE_IMAGE: '' })
    try {
      const child = stranger.spawn(['test', 'containers', '--driver', 'docker', '--json'], {
        timeoutMs: 4 * MINUTE,
      })
      const { stdout, stderr } = await finished(child)
      const { proofs } = JSON.parse(stdout || '{"proofs":[]}') as {
        proofs: { claims: { holds: boolean; step: string }[] }[]
      }
      const claims = proofs.flatMap((proof) => proof.claims)
      expect(
        claims.filter(({ holds }) => !holds),
        stderr,
      ).toEqual([])
      expect(new Set(claims.map(({ step }) => step)).size).toBe(lab.steps.length)
    } finally {
      await stranger.leave()
    }
  },
  5 * MINUTE,
)
