import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { PacketNode } from '../../../src/capture/packet-capture.ts'
import { PacketDetails } from '../../../src/capture/packet-details.ts'
import { PacketFile } from '../../../src/capture/packet-file.ts'
import { followStream } from '../../../src/capture/packet-follow.ts'
import { LISTED, PacketList } from '../../../src/capture/packet-list.ts'
import { savePackets } from '../../../src/capture/packet-save.ts'
import { hostMachine } from '../../../src/machine/host.ts'

/** Seen on eth0 of node0 in a flannel lab: ping and curl to a pod of node1, and node1 asking the DNS pod of node0. */
const PCAP = join(import.meta.dirname, '../../golden/packets/vxlan-ping-http-dns.pcap')
const [PING, GET, REPLY, QUERY] = [1, 8, 14, 17]

const host = hostMachine()
const { signal } = new AbortController()
let folder: string
let file: PacketFile

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packets-'))
  file = await PacketFile.create(join(folder, 'it.pcap'), LISTED)
  await file.append(await readFile(PCAP))
  file.finish()
})
afterAll(async () => {
  await file.remove()
  await rm(folder, { recursive: true })
})

const find = (tree: readonly PacketNode[], text: RegExp): PacketNode | undefined => {
  for (const node of tree) {
    const found = text.test(node.text) ? node : find(node.children, text)
    if (found) return found
  }
  return undefined
}

test('tunnelled packets are listed by what is in the tunnel', async () => {
  const list = new PacketList(host, file, signal)
  expect(await list.done).toBeUndefined()
  expect(list.packets).toHaveLength(20)
  expect(list.packets.map(({ protocol }) => protocol)).toEqual(
    expect.arrayContaining(['ICMP', 'TCP', 'HTTP', 'DNS']),
  )
  expect(list.packets[GET - 1]).toMatchObject({
    source: '10.42.0.0',
    destination: '10.42.1.2',
    info: 'GET / HTTP/1.1',
  })
})

test('outer and inner layers are in the tree, each with its place in the frame', async () => {
  const { tree, bytes } = await new PacketDetails(host, file, signal).of(PING)
  expect(tree.map(({ text }) => text.replace(/[:,].*/, ''))).toEqual([
    expect.stringMatching(/^Frame 1/),
    'Ethernet II',
    'Internet Protocol Version 4',
    'User Datagram Protocol',
    'Virtual eXtensible Local Area Network',
    'Ethernet II',
    'Internet Protocol Version 4',
    'Internet Control Message Protocol',
  ])
  expect(tree.map(({ start, length }) => [start, length])).toEqual([
    [0, 148],
    [0, 14],
    [14, 20],
    [34, 8],
    [42, 8],
    [50, 14],
    [64, 20],
    [84, 64],
  ])
  expect(bytes).toHaveLength(148)
  expect(find(tree, /^VXLAN Network Identifier/)).toMatchObject({ start: 46, length: 3 })
})

test('what was put together from several packets stands for no bytes of this one', async () => {
  const { tree } = await new PacketDetails(host, file, signal).of(REPLY)
  const http = tree.find(({ text }) => text.startsWith('Hypertext'))
  expect(http).toMatchObject({ start: 0, length: 0 })
  expect(find([http!], /^HTTP\/1\.1 200 OK/)).toMatchObject({ start: 0, length: 0 })
  expect(find(tree, /^Transmission Control Protocol/)).toMatchObject({ start: 84, length: 32 })
})

test('a packet that is not there is refused', async () => {
  await expect(new PacketDetails(host, file, signal).of(21)).rejects.toMatchObject({ code: 'KNET_CAPTURE' })
})

test('following goes by the conversation in the tunnel, and ping has none', async () => {
  expect(await followStream(host, file, GET, signal)).toMatch(
    /^10\.42\.0\.0:37762 → 10\.42\.1\.2:8080\nGET \/ HTTP\/1\.1\n(.*\n)*10\.42\.1\.2:8080 → 10\.42\.0\.0:37762\nHTTP\/1\.1 200 OK\n(.*\n)*Hello world! pod=/,
  )
  const asked = await followStream(host, file, QUERY, signal)
  expect(asked).toMatch(/^10\.42\.1\.0:\d+ → 10\.42\.0\.2:53\n.*hello-kubernetes.default/)
  expect(asked).not.toContain('172.19')
  expect(await followStream(host, file, PING, signal)).toBeUndefined()
})

test('of many packets asked for at once the first and the last are decoded', async () => {
  const details = new PacketDetails(host, file, signal)
  const asked = await Promise.allSettled([1, 9, 10, 16].map((number) => details.of(number)))
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect((await details.of(9)).number).toBe(9)
})

test('a saved capture is in the home that ~ means, and belongs to the caller of sudo', async (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can give files away')
  vi.stubEnv('HOME', folder)
  const sudo = { SUDO_UID: '1234', SUDO_GID: '1234' }
  const saved = await savePackets(file, '~/lab.pcap', sudo)
  vi.unstubAllEnvs()
  expect(saved).toBe(join(folder, 'lab.pcap'))
  expect(await stat(saved)).toMatchObject({ uid: 1234, gid: 1234 })
  expect(await readFile(saved)).toEqual(await readFile(PCAP))
})
