import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { author } from '../helpers/author.ts'
import { eventually, type Stranger } from '../helpers/cli.ts'
import { expectNothingLeft, hostState } from '../helpers/host-state.ts'

const TOPOLOGY = `topology:
  networks:
    rack1: { subnet: 25.25.25.0/24, gateway: 25.25.25.254 }
    rack2: { subnet: 35.35.35.0/24, gateway: 35.35.35.254 }
  machines: { node0: 25.25.25.2, node1: 25.25.25.3, node2: 35.35.35.2 }
  routers:
    fabric: { addresses: [25.25.25.254, 35.35.35.254], loopback: 2.2.2.2, as: 63400 }
  cluster: `

/** Somebody whose lab `containers` has its nodes in two networks with a router. */
const withFabric = (cluster: string, through: readonly string[] = []): Stranger =>
  author((yaml) => yaml.replace(/topology:\n( .*\n)*/, `${TOPOLOGY}${cluster}\n`), through)

/** One pod a node. */
const HELLO = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'hello' },
  spec: {
    selector: { matchLabels: { app: 'hello' } },
    template: {
      metadata: { labels: { app: 'hello' } },
      spec: { containers: [{ name: 'hello', image: 'busybox', command: ['sleep', '100000'] }] },
    },
  },
})

/** A lab that is up, with a pod on each node: their addresses, by node. */
async function start(stranger: Stranger): Promise<Map<string, string>> {
  expect(await stranger.run(['start', 'containers'])).toMatchObject({ code: 0 })
  const kubectl = async (args: string[], input?: string) => {
    const { code, stdout, stderr } = await stranger.kubectl(args, {
      lab: 'containers',
      ...(input === undefined ? {} : { input }),
    })
    expect([code, stderr]).toEqual([0, ''])
    return stdout.trim()
  }
  expect(await kubectl(['get', 'nodes', '-o', 'name'])).toBe('node/node0\nnode/node1\nnode/node2')
  await kubectl(['apply', '-f', '-'], HELLO)
  await kubectl(['rollout', 'status', 'daemonset/hello', '--timeout=30s'])
  const path = 'jsonpath={range .items[*]}{.spec.nodeName} {.status.podIP}{"\\n"}{end}'
  const lines = (await kubectl(['get', 'pods', '-l', 'app=hello', '-o', path])).split('\n')
  return new Map(lines.map((line) => line.split(' ') as [string, string]))
}

/** Pings from the pod of one node to that of another. */
async function answers(stranger: Stranger, from: string, to: string | undefined): Promise<boolean> {
  const { stdout } = await stranger.kubectl(
    ['get', 'pods', '-l', 'app=hello', '--field-selector', `spec.nodeName=${from}`, '-o', 'name'],
    { lab: 'containers' },
  )
  const ping = ['exec', stdout.trim(), '--', 'ping', '-qc1', '-W2', to ?? '']
  return (await stranger.kubectl(ping, { lab: 'containers' })).code === 0
}

describe.each(['flannel-vxlan', 'calico'])('nodes in two networks, with %s', (cluster) => {
  test('are Ready, their pods reach each other by way of the router, and nothing is left of it', async () => {
    const before = hostState()
    const stranger = withFabric(cluster)
    onTestFinished(() => stranger.leave())
    const addresses = await start(stranger)
    for (const [from, to] of [
      ['node0', 'node1'],
      ['node0', 'node2'],
      ['node2', 'node1'],
    ] as const) {
      const connected = () => answers(stranger, from, addresses.get(to))
      await eventually(`the pod of ${to} to answer that of ${from}`, connected, Boolean)
    }
    expect(await stranger.on('fabric', 'birdc show status')).toContain('Router ID is 2.2.2.2')

    await stranger.on('fabric', 'ip link del eth1; birdc down')
    expect(await answers(stranger, 'node0', addresses.get('node2'))).toBe(false)
    expect(await stranger.run(['reset'])).toMatchObject({ code: 0 })
    expect(await stranger.on('fabric', 'birdc show status')).toContain('Router ID is 2.2.2.2')
    const connected = () => answers(stranger, 'node0', addresses.get('node2'))
    await eventually('the pod of node2 to answer again', connected, Boolean)

    expect(await stranger.run(['stop'])).toMatchObject({ code: 0 })
    await expectNothingLeft(before, stranger.home)
  })
})

test('a router is no node: what asks for one of the cluster does not offer it, what asks for a machine does', async () => {
  const stranger = withFabric('none')
  onTestFinished(() => stranger.leave())
  expect(await stranger.run(['start', 'containers'])).toMatchObject({ code: 0 })
  const { machines } = await stranger.json<{ machines: unknown[] }>(['status'])
  expect(machines).toContainEqual({
    name: 'fabric',
    address: '25.25.25.254',
    router: { addresses: ['25.25.25.254', '35.35.35.254'], loopback: '2.2.2.2', as: 63400 },
  })
  expect(await stranger.on('fabric', 'ip -br -4 addr show lo')).toContain('2.2.2.2/32')
  expect((await stranger.run(['completion', 'words', '--', 'exec', ''])).stdout).toContain('fabric')
  expect(await stranger.on('node0', 'ping -qc1 -W2 35.35.35.2')).toContain(' 0% packet loss')
})

test('a user without privileges has routers too', async () => {
  const nobody = 65_534
  const isRoot = process.getuid?.() === 0
  const become = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--']
  const stranger = withFabric('flannel-vxlan', isRoot ? become : [])
  onTestFinished(() => stranger.leave())
  if (isRoot) {
    chownSync(stranger.home, nobody, nobody)
    mkdirSync(join(stranger.home, 'cwd'))
  }
  const addresses = await start(stranger)
  expect(await answers(stranger, 'node0', addresses.get('node2'))).toBe(true)
  expect(await stranger.on('fabric', 'birdc show status')).toContain('Daemon is up and running')
})
