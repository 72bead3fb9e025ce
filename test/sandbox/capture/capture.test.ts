import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCapture } from '../../../src/capture/dumpcap.ts'
import { captureTo } from '../../../src/capture/live.ts'
import { PcapCounter } from '../../../src/capture/pcap-stream.ts'
import { decodeFile } from '../../../src/capture/tshark.ts'
import { witness } from '../../../src/capture/witness.ts'
import { hostMachine } from '../../../src/machine/host.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { World } from '../../../src/session/world.ts'
import { captureCheck } from '../../../src/session/checks/capture.ts'
import { labPorts } from '../../helpers/lab-ports.ts'
import { type SandboxNodes, sandboxNodes } from '../../helpers/sandbox-nodes.ts'

let nodes: SandboxNodes
let node0: Machine

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.2', '172.19.0.3'])
  node0 = nodes.machines[0]!
})
afterAll(() => nodes.close())

const ping = (...options: string[]) => node0.exec(['ping', '-c', '1', '-W', '1', ...options])

test('the first packet of the trigger is seen, because the capture listens before', async () => {
  const { packets, captured, trigger } = await witness(node0, {
    interface: 'eth0',
    filter: 'icmp',
    display: 'icmp.type == 8',
    fields: ['ip.src', 'ip.dst', 'icmp.type'],
    seconds: 5,
    trigger: () => ping('172.19.0.3'),
  })
  expect(trigger.exitCode).toBe(0)
  expect(captured).toBe(2)
  expect(packets).toEqual([
    {
      number: 1,
      protocol: 'ICMP',
      info: expect.stringContaining('Echo (ping) request') as string,
      fields: { 'ip.src': ['172.19.0.2'], 'ip.dst': ['172.19.0.3'], 'icmp.type': ['8'] },
    },
  ])
})

test('a capture that sees nothing is a failed check that names interface, filter and what the trigger said', async () => {
  const world = new World(labPorts(nodes.machines))
  const answer = await captureCheck(
    {
      kind: 'capture',
      on: 'node0',
      interface: 'eth0',
      filter: 'tcp port 9',
      trigger: { on: 'node0', run: 'echo nobody is here >&2; exit 4' },
      fields: { 'ip.src': '172.19.0.2' },
    },
    world,
  )
  expect(answer).toEqual({
    ok: false,
    seen: 'nothing',
    why: [
      'Listened on eth0 of node0 (filter: tcp port 9) while "echo nobody is here >&2; exit 4" ran on node0.',
      'Of 0 packets captured, those wanted (ip.src=172.19.0.2): none.',
      'The command ended with 4 and said: nobody is here',
    ].join('\n'),
  })
})

test.each([
  [{ interface: 'eth7' }, /Can't capture on eth7 of node0: .*(eth7|No such device)/],
  [{ interface: 'eth0', filter: 'prot 8472' }, /Can't capture on eth0 of node0: .*filter/],
])('a capture that can not start says why in dumpcap’s words: %j', async (options, message) => {
  await expect(startCapture(node0, options)).rejects.toThrowError(message)
})

test('a capture is bounded by packets and by time', async () => {
  const few = await startCapture(node0, { interface: 'eth0', filter: 'icmp', packets: 2, seconds: 10 })
  await ping('172.19.0.3')
  const counter = new PcapCounter()
  expect(counter.push(await buffer(few.stream))).toBe(2)
  const short = await startCapture(node0, { interface: 'eth0', filter: 'tcp', seconds: 1 })
  expect(new PcapCounter().push(await buffer(short.stream))).toBe(0)
})

test('a live capture goes to a file or pipe, packet by packet, until stopped', async () => {
  const target = new PassThrough()
  const received = buffer(target)
  let onSecond = () => {}
  const second = new Promise<void>((resolve) => (onSecond = resolve))
  const options = { interface: 'eth0', filter: 'icmp' }
  const live = await captureTo(node0, options, target, (packets) => packets >= 2 && onSecond())
  await ping('172.19.0.3')
  await second
  live.stop()
  expect(new PcapCounter().push(await received)).toBe(2)
})

test('VXLAN on 8472 is decoded, inner addresses after the outer ones', async () => {
  const file = join(import.meta.dirname, '../../golden/capture/vxlan-8472.pcap')
  const packets = await decodeFile(hostMachine(), file, {
    display: 'http.request',
    fields: ['vxlan.vni', 'ip.src', 'ip.dst', 'udp.dstport'],
  })
  expect(packets[0]).toMatchObject({
    protocol: 'HTTP',
    fields: {
      'vxlan.vni': ['1'],
      'udp.dstport': ['8472'],
      'ip.src': [expect.stringMatching(/^172\.30\./), expect.stringMatching(/^10\.42\./)],
    },
  })
})

test('a file that is no capture is refused in tshark’s words', async () => {
  await expect(decodeFile(hostMachine(), import.meta.filename, { fields: [] })).rejects.toMatchObject({
    code: 'KNET_TSHARK',
  })
})
