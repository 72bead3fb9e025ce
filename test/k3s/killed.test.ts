import { existsSync } from 'node:fs'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { RealCluster, testDocker, whyNoK3s } from './real-cluster.ts'

const START = ['start', 'flannel', '--driver', 'docker', '--detach']

beforeEach(({ skip }) => skip(whyNoK3s() !== undefined, whyNoK3s()))

/** A user for as long as a test takes. */
function realCluster(): RealCluster {
  const real = new RealCluster()
  onTestFinished(() => real.leave())
  return real
}

/** All that the daemon has: of all tests it is the only user's. */
async function things(): Promise<string[]> {
  const docker = testDocker()
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ])
  return [
    ...containers.map(({ Id }) => Id),
    ...networks.map(({ Name }) => Name),
    ...Volumes.map(({ Name }) => Name),
  ]
}

/** When a start is killed: as soon as it has said this. */
const PHASES = ['k3s v', 'k3s has its certificates', 'node Ready', 'flannel has its subnet', 'DNS pod ready']

test.each(PHASES)(
  'a start that is killed after "%s" leaves nothing that stop does not remove',
  async (phase) => {
    const real = realCluster()
    const before = await things()
    await real.signalled('SIGKILL', phase, ...START)
    expect((await things()).length).toBeGreaterThan(before.length)
    const { exitCode, stderr } = await real.knet('stop', 'flannel')
    expect(exitCode, stderr).toBe(0)
    expect((await things()).toSorted()).toEqual(before.toSorted())
    expect(existsSync(real.run('flannel'))).toBe(false)
  },
)

test('machines that were stopped with their daemon, and whose start is interrupted, are stopped again and keep all', async () => {
  const real = realCluster()
  const { exitCode, stderr } = await real.knet(...START)
  expect(exitCode, stderr).toBe(0)
  await real.knet('exec', 'node1', '--', 'sh', '-c', 'echo kept >/root/kept')
  const docker = testDocker()
  const machines = await docker.listContainers()
  await Promise.all(machines.map(({ Id }) => docker.getContainer(Id).stop({ t: 3 })))
  expect((await real.signalled('SIGINT', 'machine, as it was', ...START)).exitCode).toBe(130)
  expect(await docker.listContainers()).toEqual([])
  expect((await docker.listContainers({ all: true })).length).toBe(machines.length)
  expect((await real.knet(...START)).exitCode).toBe(0)
  expect((await real.knet('exec', 'node1', '--', 'cat', '/root/kept')).stdout).toBe('kept\n')
  expect((await real.knet('kubectl', 'get', 'nodes', '--no-headers')).stdout).toMatch(
    /^(node\d +Ready .*\n){3}$/,
  )
})
