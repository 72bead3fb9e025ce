import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../../../src/base/until.ts'
import type { PacketCapture } from '../../../src/capture/packet-capture.ts'
import { startPacketCapture } from '../../../src/capture/packet-capture-start.ts'
import { LISTED } from '../../../src/capture/packet-list.ts'
import { PcapCounter } from '../../../src/capture/pcap-stream.ts'
import { hostMachine } from '../../../src/machine/host.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { run, type SandboxNodes, sandboxNodes } from '../../helpers/sandbox-nodes.ts'

const SERVED = 'HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nhello\\n'

let nodes: SandboxNodes
let node0: Machine
let node1: Machine
let folder: string
let open: PacketCapture[]

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.2', '172.19.0.3'])
  ;[node0, node1] = nodes.machines as [Machine, Machine]
})
afterAll(() => nodes.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packets-'))
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((capture) => capture.close()))
  await rm(folder, { recursive: true })
})

async function captureOn(machine: Machine, device: string, filter = ''): Promise<PacketCapture> {
  const host = hostMachine()
  const capture = await startPacketCapture({ machine, host, place: machine.name, device, filter, folder })
  open.push(capture)
  return capture
}

const packetsOf = (capture: PacketCapture, count: number) =>
  until(() => capture.packets.length >= count && capture.packets, {
    what: `${count} packets of ${capture.packets.length}`,
    deadlineMs: 10_000,
    everyMs: 10,
    maxEveryMs: 10,
  })

const endOf = (capture: PacketCapture) =>
  until(() => capture.ended, { what: 'the end of the capture', deadlineMs: 10_000 })

const ping = (...options: string[]) => run(node0, 'ping', '-c', '1', '-W', '1', ...options, '172.19.0.3')

/** Processes that have this capture's folder among their words, or are children of it. */
async function processesOf(words: string): Promise<string[]> {
  const all = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return all.filter((line) => line.includes(words))
}

test('a ping is listed while the capture runs, as tshark’s columns have it', async () => {
  const capture = await captureOn(node0, 'eth0', 'icmp')
  await ping()
  expect(await packetsOf(capture, 2)).toMatchObject([
    {
      number: 1,
      time: 0,
      source: '172.19.0.2',
      destination: '172.19.0.3',
      protocol: 'ICMP',
      length: 98,
      info: expect.stringMatching(/^Echo \(ping\) request {2}id=.* seq=1/) as string,
    },
    { number: 2, source: '172.19.0.3', destination: '172.19.0.2' },
  ])
  expect(capture).toMatchObject({
    place: 'node0',
    device: 'eth0',
    filter: 'icmp',
    ended: undefined,
    beyond: 0,
  })
})

test('a packet in full has its layers, and nodes that stand for its bytes', async () => {
  const capture = await captureOn(node0, 'eth0', 'icmp')
  await ping('-p', 'abad1dea')
  await packetsOf(capture, 2)
  const { number, tree, bytes } = await capture.detail(2)
  expect(number).toBe(2)
  expect(tree.map(({ text }) => text.split(/[:,]/)[0])).toEqual([
    expect.stringMatching(/^Frame 2/),
    'Ethernet II',
    'Internet Protocol Version 4',
    'Internet Control Message Protocol',
  ])
  expect(bytes).toHaveLength(98)
  const source = tree[2]!.children.find(({ text }) => text.startsWith('Source'))!
  expect(source.text).toBe('Source Address: 172.19.0.3')
  expect([...bytes.subarray(source.start, source.start + source.length)]).toEqual([172, 19, 0, 3])
  expect(Buffer.from(bytes).toString('hex')).toContain('abad1dea')
  expect(await capture.detail(2)).toBe(await capture.detail(2))
})

test('following a packet of an HTTP request shows what both sides said', async () => {
  const server = node1.spawn([
    'busybox',
    'nc',
    '-l',
    '-p',
    '8080',
    '-e',
    'sh',
    '-c',
    `read -r _; printf '${SERVED}'; cat >/dev/null`,
  ])
  try {
    const capture = await captureOn(node0, 'eth0', 'tcp port 8080 or icmp')
    await until(async () => (await run(node1, 'ss', '-tln')).includes(':8080'), {
      what: 'nc',
      deadlineMs: 5000,
    })
    await run(node0, 'curl', '-s', '--max-time', '5', 'http://172.19.0.3:8080/who?')
    await ping()
    const packets = await until(() => capture.packets.some((p) => p.protocol === 'ICMP') && capture.packets, {
      what: 'the ping after the request',
      deadlineMs: 5000,
    })
    const said = await capture.follow(packets.find(({ info }) => info.startsWith('GET'))!.number)
    expect(said).toMatch(/^172\.19\.0\.2:\d+ → 172\.19\.0\.3:8080\nGET \/who\? HTTP\/1\.1\nHost: /)
    expect(said).toMatch(/172\.19\.0\.3:8080 → 172\.19\.0\.2:\d+\nHTTP\/1\.1 200 OK\n(.*\n)*\nhello\n/)
    expect(await capture.follow(packets.find((p) => p.protocol === 'ICMP')!.number)).toBeUndefined()
  } finally {
    server.kill('SIGKILL')
  }
})

test('a flood fills the list, is counted beyond it, and is told of ten times a second', async () => {
  const capture = await captureOn(node0, 'eth0', 'icmp')
  const told: number[] = []
  capture.onChange(() => told.push(performance.now()))
  await run(node0, 'ping', '-f', '-q', '-c', '6000', '172.19.0.3')
  await packetsOf(capture, LISTED)
  capture.stop()
  await endOf(capture)
  expect(capture.packets).toHaveLength(LISTED)
  expect(capture.packets.at(-1)!.number).toBe(LISTED)
  expect(capture.beyond).toBeGreaterThan(0)
  const gaps = told.slice(1).map((at, i) => at - told[i]!)
  expect(Math.min(...gaps)).toBeGreaterThan(95)
  const saved = await capture.save(join(folder, 'flood.pcap'))
  expect(new PcapCounter().push(await readFile(saved))).toBe(LISTED + capture.beyond)
})

test('a stopped capture keeps its packets and can be saved, beside a file that is there already', async () => {
  const capture = await captureOn(node0, 'eth0', 'icmp')
  await ping()
  await packetsOf(capture, 2)
  capture.stop()
  expect(await endOf(capture)).toEqual({ reason: undefined })
  await ping()
  expect(capture.packets).toHaveLength(2)
  const first = await capture.save(join(folder, 'lab.pcap'))
  const second = await capture.save(join(folder, 'lab.pcap'))
  expect([first, second]).toEqual([join(folder, 'lab.pcap'), join(folder, 'lab-1.pcap')])
  expect(new PcapCounter().push(await readFile(second))).toBe(2)
  await expect(capture.save(join(folder, 'none/lab.pcap'))).rejects.toMatchObject({ code: 'KNET_CAPTURE' })
})

test('a closed capture leaves no process and no file, even while packets come', async () => {
  const capture = await captureOn(node0, 'eth0', 'icmp and not ip6')
  await ping()
  await packetsOf(capture, 2)
  const looking = capture.detail(1).catch((error: unknown) => error)
  await capture.close()
  await looking
  expect(await readdir(folder)).toEqual([])
  expect(await processesOf('icmp and not ip6')).toEqual([])
  expect(await processesOf(folder)).toEqual([])
})

test.each([
  ['eth7', '', /Can't capture on eth7 of node0: .*(eth7|No such device)/],
  ['eth0', 'prot 8472', /Can't capture on eth0 of node0: .*filter/],
])('a capture that can not start says why and leaves no file: %s %s', async (device, filter, message) => {
  await expect(captureOn(node0, device, filter)).rejects.toMatchObject({
    code: 'KNET_CAPTURE',
    message: expect.stringMatching(message) as string,
  })
  expect(await readdir(folder)).toEqual([])
})

test('an interface that goes away ends the capture and is named as the reason', async () => {
  await run(node0, 'ip', 'link', 'add', 'gone0', 'type', 'veth', 'peer', 'name', 'gone1')
  await run(node0, 'ip', 'link', 'set', 'gone0', 'up')
  const capture = await captureOn(node0, 'gone0')
  await run(node0, 'ip', 'link', 'delete', 'gone0')
  expect((await endOf(capture)).reason).toMatch(/gone0.*no longer/)
})
