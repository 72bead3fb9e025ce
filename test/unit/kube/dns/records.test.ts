import type { Answer as DnsRecord } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { answerQuestion } from '../../../../src/kube/dns/records.ts'
import { viewOf } from '../../../../src/kube/dns/view.ts'
import { CLUSTER } from './cluster.ts'

const view = viewOf(CLUSTER, 42)
const ask = (name: string, type = 'A') => answerQuestion({ name, type }, view)

function shown(records: readonly DnsRecord[] = []): string[] {
  return records.map((record) => {
    const { type, data } = record as { type: string; data: unknown }
    if (record.type !== 'SRV') return `${type} ${String(data)}`
    const { priority, weight, port, target } = record.data
    return `SRV ${priority} ${weight} ${port} ${target}`
  })
}

describe('names that have records', () => {
  test.each([
    ['web.default.svc.cluster.local', 'A', ['A 10.43.94.217']],
    ['WEB.Default.SVC.cluster.LOCAL', 'A', ['A 10.43.94.217']],
    ['_http._tcp.web.default.svc.cluster.local', 'SRV', ['SRV 0 100 80 web.default.svc.cluster.local']],
    [
      'web.default.svc.cluster.local',
      'SRV',
      ['SRV 0 50 80 web.default.svc.cluster.local', 'SRV 0 50 443 web.default.svc.cluster.local'],
    ],
    ['db.default.svc.cluster.local', 'A', ['A 10.42.0.5', 'A 10.42.1.6']],
    ['db-0.db.default.svc.cluster.local', 'A', ['A 10.42.0.5']],
    ['10-42-1-6.db.default.svc.cluster.local', 'A', ['A 10.42.1.6']],
    ['10-42-1-9.web.default.svc.cluster.local', 'A', ['A 10.42.1.9']],
    [
      '_sql._tcp.db.default.svc.cluster.local',
      'SRV',
      [
        'SRV 0 50 5432 db-0.db.default.svc.cluster.local',
        'SRV 0 50 5432 10-42-1-6.db.default.svc.cluster.local',
      ],
    ],
    ['10-42-0-5.default.pod.cluster.local', 'A', ['A 10.42.0.5']],
    ['217.94.43.10.in-addr.arpa', 'PTR', ['PTR web.default.svc.cluster.local']],
    ['5.0.42.10.in-addr.arpa', 'PTR', ['PTR db-0.db.default.svc.cluster.local']],
    ['dns-version.cluster.local', 'TXT', ['TXT 1.1.0']],
    ['cluster.local', 'NS', ['NS kube-dns.kube-system.svc.cluster.local']],
    ['ns.dns.cluster.local', 'A', ['A 10.43.0.10']],
    ['docs.default.svc.cluster.local', 'CNAME', ['CNAME docs.example.com']],
    ['inside.blue.svc.cluster.local', 'A', ['CNAME web.default.svc.cluster.local', 'A 10.43.94.217']],
  ])('%s %s', (name, type, records) => {
    const answer = ask(name, type)
    expect(answer?.rcode).toBe('NOERROR')
    expect(shown(answer?.answers)).toEqual(records)
    expect(answer?.authorities).toEqual([])
  })

  test('SRV records come with the addresses of their targets', () => {
    expect(ask('_sql._tcp.db.default.svc.cluster.local', 'SRV')?.additionals).toMatchObject([
      { name: 'db-0.db.default.svc.cluster.local', data: '10.42.0.5' },
      { name: '10-42-1-6.db.default.svc.cluster.local', data: '10.42.1.6' },
    ])
  })

  test('records live for five seconds', () => {
    expect(ask('web.default.svc.cluster.local')?.answers).toMatchObject([{ ttl: 5 }])
  })

  test('an alias out of the cluster is left to whoever can look further', () => {
    const answer = ask('docs.default.svc.cluster.local')
    expect(shown(answer?.answers)).toEqual(['CNAME docs.example.com'])
    expect(answer?.elsewhere).toBe('docs.example.com')
  })
})

describe('names that are there but have no such record', () => {
  test.each([
    ['web.default.svc.cluster.local', 'AAAA'],
    ['web.default.svc.cluster.local', 'MX'],
    ['default.svc.cluster.local', 'A'],
    ['svc.cluster.local', 'A'],
    ['cluster.local', 'A'],
    ['default.pod.cluster.local', 'A'],
    ['dns-version.cluster.local', 'A'],
    ['217.94.43.10.in-addr.arpa', 'A'],
    ['circle.blue.svc.cluster.local', 'A'],
  ])('%s %s', (name, type) => {
    expect(ask(name, type)).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA' }] })
  })
})

describe('names that are not there', () => {
  test.each([
    ['nope.default.svc.cluster.local'],
    ['web.nope.svc.cluster.local'],
    ['nope.svc.cluster.local'],
    ['nope.cluster.local'],
    ['a.b.c.web.default.svc.cluster.local'],
    ['empty.default.svc.cluster.local'],
    ['db-2.db.default.svc.cluster.local'],
    ['10-42-0-5.nope.pod.cluster.local'],
    ['not-an-address.default.pod.cluster.local'],
    ['1-2-3-444.default.pod.cluster.local'],
    ['_ftp._tcp.web.default.svc.cluster.local'],
    ['_http._udp.web.default.svc.cluster.local'],
    ['_http._tcp.docs.default.svc.cluster.local'],
    ['6.1.42.10.in-addr.arpa'],
    ['43.10.in-addr.arpa'],
  ])('%s', (name) => {
    expect(ask(name)).toMatchObject({ rcode: 'NXDOMAIN', answers: [], authorities: [{ type: 'SOA' }] })
  })

  test('the SOA record is that of the zone', () => {
    expect(ask('nope.cluster.local')?.authorities).toMatchObject([
      {
        name: 'cluster.local',
        ttl: 5,
        data: { mname: 'ns.dns.cluster.local', rname: 'hostmaster.cluster.local', serial: 42, minimum: 5 },
      },
    ])
  })
})

test("the world's names are not the cluster's to answer", () => {
  expect(ask('example.com')).toBeUndefined()
  expect(ask('notcluster.local')).toBeUndefined()
  expect(ask('')).toBeUndefined()
})
