import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { runInHolder, STARTERS } from '../../helpers/holder.ts'

const golden = (name: string) => readFileSync(join(import.meta.dirname, '../../golden/calico', name), 'utf8')
/** Without numbers of interfaces, names of namespaces and MACs, which are chance, and what only the kernel decides. */
const plain = (text: string) =>
  text
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^\d+: |@if\d+|link-netns(id)? \S+ |numtxqueues.*|addrgenmode \S+|allmulti \d+/g, '')
        .trim(),
    )
    .map((line) =>
      line
        .replace(/^(\w+)@if\d+/, '$1')
        .replace(/(link\/ether) (?!ee:)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/, '$1 MAC'),
    )
    .map((line) => line.replace(/ +/g, ' ').trim())
    .filter((line) => line !== '' && !/inet6|_lft|minmtu|^veth$/.test(line))

describe.each(STARTERS)('Calico’s plugin built in, started by %s', (starter) => {
  let seen: Record<string, string> & { ip: string[]; released: string[] }
  beforeAll(async () => {
    const { stdout, stderr } = await runInHolder(join(import.meta.dirname, 'calico-program.ts'), starter)
    expect(stderr).toBe('')
    seen = JSON.parse(stdout) as typeof seen
  })

  test('a pod has one address and one gateway that no interface has, as on a real node', () => {
    expect(seen.ip).toEqual(['192.168.166.129', '192.168.166.130'])
    expect(plain(seen['pod'] ?? '')).toEqual(plain(golden('pod-web-0.txt')))
    expect(seen['podForwarding']).toBe('0\n')
    expect(seen['neighboursBefore']).toBe('')
  })

  test('the node’s side has the name, the MAC, the routes and the settings that a real node gives it', () => {
    expect(plain(seen['host'] ?? '')).toEqual(plain(golden('ip-d-addr-cali50aeaf5a85d.txt')))
    expect(plain(seen['routes'] ?? '')).toEqual([
      '192.168.166.129 dev cali50aeaf5a85d scope link',
      '192.168.166.130 dev cali923f6ebc99a scope link',
    ])
    const settings = (text: string) =>
      new Map(text.split('\n').map((line) => line.split(' = ') as [string, string]))
    const real = settings(golden('sysctl-cali.txt'))
    const ours = settings((seen['sysctls'] ?? '').replaceAll('cali50aeaf5a85d', 'IF'))
    for (const name of ['proxy_arp', 'route_localnet', 'forwarding', 'rp_filter'].map(
      (one) => `net.ipv4.conf.IF.${one}`,
    )) {
      expect([name, ours.get(name)]).toEqual([name, real.get(name)])
    }
    expect(ours.get('net.ipv4.neigh.IF.proxy_delay')).toBe(real.get('net.ipv4.neigh.IF.proxy_delay'))
    expect(seen['acceptRa']).toBe('0\n')
  })

  test('pods of one node reach each other by way of the node, which answers for the gateway', () => {
    expect(seen['ping']).toMatch(/ttl=63/)
    expect(seen['neighbours']).toMatch(/^169\.254\.1\.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee/m)
  })

  test('with the pod go its interface, its route and its address', () => {
    expect(seen['links']).not.toContain('cali50aeaf5a85d')
    expect(seen['links']).toContain('cali923f6ebc99a')
    expect(seen['routesAfter']).not.toContain('192.168.166.129')
    expect(seen.released).toEqual(['web-0'])
  })
})
