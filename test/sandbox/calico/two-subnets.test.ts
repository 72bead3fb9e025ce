import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IPPool } from '../../../src/dataplane/calico/resources.ts'
import { calicoNodes, pingOnce, type CalicoNodes, type TestPod } from '../../helpers/calico-nodes.ts'
import { eventually } from '../../helpers/control-plane.ts'
import { run } from '../../helpers/sandbox-nodes.ts'

let nodes: CalicoNodes
let here: TestPod
let near: TestPod
let far: TestPod
/** Node0 and node1 are in one network, node2 is in another one, behind a router that knows nothing of pods. */
beforeAll(async () => {
  nodes = await calicoNodes(['172.19.0.10', '172.19.0.11', '172.19.1.12'], { ipipMode: 'Never' })
  ;[here, near, far] = await Promise.all([nodes.pod(0, 'here'), nodes.pod(1, 'near'), nodes.pod(2, 'far')])
})
afterAll(() => nodes.close())

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(' via ') && line.startsWith('192.168.'))
const routes = async (index: number) => lines(await run(nodes.machine(index), 'ip', 'route'))

async function expectRoutes(wanted: readonly string[]): Promise<void> {
  await eventually(
    () => routes(0),
    (seen) => seen.join('\n') === wanted.join('\n'),
    10_000,
  )
}
const expectAnswer = (to: TestPod) =>
  eventually(
    () => pingOnce(nodes, here, to),
    (said) => said.includes('ttl=62'),
    5000,
  )

test('without a tunnel, routes to nodes of another network point at the router, which lets packets go nowhere', async () => {
  await expectRoutes([
    '192.168.104.0/26 via 172.19.0.1 dev eth0 proto bird',
    '192.168.166.128/26 via 172.19.0.11 dev eth0 proto bird',
  ])
  await expectAnswer(near)
  expect(await pingOnce(nodes, here, far)).not.toMatch(/ttl=/)
})

const CROSSING: readonly [Partial<IPPool['spec']>, string, string][] = [
  [
    { ipipMode: 'CrossSubnet', vxlanMode: 'Never' },
    'via 172.19.1.12 dev tunl0 proto bird onlink',
    'via 172.19.0.11 dev eth0 proto bird',
  ],
  [
    { ipipMode: 'Always', vxlanMode: 'Never' },
    'via 172.19.1.12 dev tunl0 proto bird onlink',
    'via 172.19.0.11 dev tunl0 proto bird onlink',
  ],
  [
    { ipipMode: 'Never', vxlanMode: 'CrossSubnet' },
    'via FAR dev vxlan.calico onlink',
    'via 172.19.0.11 dev eth0 proto 80 onlink',
  ],
  [
    { ipipMode: 'Never', vxlanMode: 'Always' },
    'via FAR dev vxlan.calico onlink',
    'via NEAR dev vxlan.calico onlink',
  ],
]

for (const [spec, toFar, toNear] of CROSSING) {
  test(`with ${JSON.stringify(spec)} packets cross the router in the tunnel`, async () => {
    await nodes.changePool(spec)
    await eventually(
      () => routes(0),
      ([first = '', second = '']) =>
        first.includes(toFar.split(' ').slice(2, 4).join(' ')) &&
        second.includes(toNear.split(' ').slice(2, 4).join(' ')),
      10_000,
    )
    const tunnelOf = (text: string) => text.replace(/via (FAR|NEAR)/, 'via 192.168.x.x')
    const shown = (await routes(0)).map((line) => line.replace(/via 192\.168\.[\d.]+/, 'via 192.168.x.x'))
    expect(shown).toEqual([`192.168.104.0/26 ${tunnelOf(toFar)}`, `192.168.166.128/26 ${tunnelOf(toNear)}`])
    await expectAnswer(far)
    await expectAnswer(near)
  })
}

test('back without a tunnel the router is in the way again', async () => {
  await nodes.changePool({ ipipMode: 'Never', vxlanMode: 'Never' })
  await expectRoutes([
    '192.168.104.0/26 via 172.19.0.1 dev eth0 proto bird',
    '192.168.166.128/26 via 172.19.0.11 dev eth0 proto bird',
  ])
  expect(nodes.problems).toEqual([])
})
