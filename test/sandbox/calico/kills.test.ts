import { afterAll, beforeAll, expect, test } from 'vitest'
import { calicoNodes, pingOnce, type CalicoNodes, type TestPod } from '../../helpers/calico-nodes.ts'
import { eventually } from '../../helpers/control-plane.ts'
import { sendAround } from '../../helpers/datagrams.ts'
import { seeded } from '../../helpers/random-policies.ts'
import { run } from '../../helpers/sandbox-nodes.ts'

const SEED = Number(process.env['KNET_SEED'] ?? 1)
const NODES = [0, 1, 2] as const

let nodes: CalicoNodes
let pods: TestPod[]
beforeAll(async () => {
  nodes = await calicoNodes(['172.19.0.10', '172.19.0.11', '172.19.0.12'])
  pods = await Promise.all(NODES.map((index) => nodes.pod(index, `pod${index}`)))
  await settled()
})
afterAll(() => nodes.close())

const sh = (index: number, script: string) => run(nodes.machine(index), 'sh', '-c', script)
/** Nothing where it is being started again just now. */
const kill = (index: number, file: string) => sh(index, `kill -KILL $(cat ${file}) 2>/dev/null || true`)
const killBird = (index: number) => kill(index, '/var/run/calico/bird.pid')
const birdc = (index: number, words: string) =>
  sh(index, `birdc -s /var/run/calico/bird.ctl ${words} 2>&1 || true`)

/** Each Calico has done what it knows of, all sessions are up, BIRD waits for nobody any more, and each pod reaches each other. */
async function settled(): Promise<void> {
  await Promise.all(NODES.map((index) => nodes.calico(index).settled()))
  const isUp = async (index: number) => {
    const said = await birdc(index, 'show status; birdc -s /var/run/calico/bird.ctl show protocols')
    return !/recovery/i.test(said) && (said.match(/ BGP .*Established/g) ?? []).length === 2
  }
  const pairs = pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => ({ from, to })))
  await eventually(
    async () => (await Promise.all(NODES.map(isUp))).every(Boolean),
    (up) => up,
    20_000,
  )
  await eventually(
    () => Promise.all(pairs.map(({ from, to }) => pingOnce(nodes, from, to))),
    (said) => said.every((one) => one.includes('ttl=')),
    10_000,
  )
}

const routes = () => Promise.all(NODES.map((index) => sh(index, 'ip route | sort')))
const choose = <T>(random: () => number, list: readonly [T, ...T[]]) =>
  list[Math.floor(random() * list.length)] ?? list[0]
/** For as long as it takes to ask a socket that often: the same for the same seed, but never the same moment. */
async function pass(random: () => number): Promise<void> {
  for (let left = Math.floor(random() * 8); left > 0; left--)
    await birdc(choose(random, NODES), 'show status')
}

test('BIRD that is killed at any moment, on any node, costs not one datagram between pods', async () => {
  const random = seeded(SEED)
  const before = await routes()
  const traffic = await sendAround(nodes, pods)
  for (let kills = 0; kills < 4; kills++) {
    await pass(random)
    await killBird(choose(random, NODES))
    // A second crash before it has heard of everything again would be one too many.
    await settled()
  }
  const { sent, arrived } = await traffic.end()
  expect(sent).toBeGreaterThan(1000)
  expect(arrived).toBe(sent)
  expect(await routes()).toEqual(before)
})

test('whatever is killed at any moment, all is as it was soon after', async () => {
  const random = seeded(SEED)
  const before = await routes()
  const acts = [
    killBird,
    // The program behind tunl0: there is none where the kernel has IP-in-IP.
    (index: number) => kill(index, '/run/knet-ipip.pid'),
    (index: number) => sh(index, 'ip route flush proto bird'),
    async (index: number) => {
      await nodes.calico(index).stop()
      await killBird(index)
      await nodes.start(index).ready
    },
  ] as const
  const traffic = await sendAround(nodes, pods)
  for (let kills = 0; kills < 8; kills++) {
    await pass(random)
    await choose(random, acts)(choose(random, NODES))
  }
  await settled()
  await eventually(routes, (now) => now.join() === before.join(), 15_000)
  await traffic.end()
  const after = await sendAround(nodes, pods)
  await settled()
  const { sent, arrived } = await after.end()
  expect(arrived).toBe(sent)
})
