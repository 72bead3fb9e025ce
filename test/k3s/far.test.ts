import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { serverIn } from '../../src/k3s/kubeconfig.ts'
import { farEndpoint, onFarHost, RealCluster, testDocker, whyNoK3s } from './real-cluster.ts'

beforeEach(({ skip }) => skip(whyNoK3s() !== undefined, whyNoK3s()))

const START = ['start', 'flannel', '--driver', 'docker', '--detach']
const READY = /^(node\d +Ready .*\n){3}$/

/** Somebody whose network ends at the daemon's host. */
function farUser(): RealCluster {
  const user = new RealCluster('on another computer')
  onTestFinished(() => user.leave())
  return user
}

test('a cluster on another computer is used from here, and by nobody who has not its keys', async () => {
  const far = farUser()
  const { exitCode, stdout, stderr } = await far.knet(...START)
  expect(exitCode, stderr).toBe(0)
  const url = `https://${new URL(farEndpoint()).hostname}:6443`
  expect(serverIn(far.kubeconfig('flannel'))).toBe(url)
  expect(`${stdout}${stderr}`).toContain(`The API is at ${url}, for all that reach that host`)
  const nodes = async () => (await far.knet('kubectl', 'get', 'nodes', '--no-headers')).stdout
  expect(await nodes()).toMatch(READY)
  const stranger = ['--insecure', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}']
  const asked = await promisify(execFile)('curl', [...stranger, `${url}/api/v1/nodes`])
  expect(asked.stdout).toBe('401')
  const solved = await far.knet('solve', '--to', '2')
  expect(solved.exitCode, solved.stderr).toBe(0)
  await testDocker().getContainer('flannel-node0').kill()
  expect((await far.knet('reset', '--step')).exitCode).toBe(0)
  expect(await nodes()).toMatch(READY)
  expect(serverIn(far.kubeconfig('flannel'))).toBe(url)
  expect((await far.knet('stop', 'flannel')).exitCode).toBe(0)
  expect(await testDocker().listContainers({ all: true })).toEqual([])
})

test('where a firewall lets nobody through, a start says so and leaves nothing', async () => {
  const rule = 'PREROUTING -i cable -p tcp --dport 6443 -j DROP'
  onFarHost(`iptables -t raw -I ${rule}`)
  onTestFinished(() => void onFarHost(`iptables -t raw -D ${rule}`))
  const { exitCode, stderr } = await farUser().knet(...START)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain(`it tried ${new URL(farEndpoint()).hostname}:6443, and nothing came back`)
  expect(await testDocker().listContainers({ all: true })).toEqual([])
})
