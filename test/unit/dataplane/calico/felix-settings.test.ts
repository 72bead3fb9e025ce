import { expect, test } from 'vitest'
import { felixSettings } from '../../../../src/dataplane/calico/felix-settings.ts'
import type { FelixConfiguration } from '../../../../src/dataplane/calico/resources.ts'
import { MANIFEST_SETTINGS } from '../../../../src/dataplane/calico/rules/settings.ts'

const configuration = (spec: FelixConfiguration['spec'], name = 'default'): FelixConfiguration => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'FelixConfiguration',
  metadata: { name },
  spec,
})

/** What node1 makes of it. */
const settings = (spec: FelixConfiguration['spec'], environment: Record<string, string> = {}) =>
  felixSettings([configuration(spec)], 'node1', environment)
const rules = (spec: FelixConfiguration['spec']) => settings(spec).rules

test('with nothing but the manifest’s environment all is as usual; without that, packets to the own node are dropped', () => {
  expect(felixSettings([], 'node1').rules).toEqual(MANIFEST_SETTINGS)
  expect(rules({})).toEqual({ ...MANIFEST_SETTINGS, endpointToHost: 'DROP' })
})

test('a node’s own configuration comes before everybody’s, and the environment before both', () => {
  const all = [
    configuration({ logPrefix: 'all', ipipMTU: 1400, vxlanMTU: 1300, vxlanPort: 1 }),
    configuration({ logPrefix: 'one', ipipMTU: 1401 }, 'node.node1'),
    configuration({ logPrefix: 'another' }, 'node.node2'),
  ]
  const seen = felixSettings(all, 'node1', { FELIX_IPINIPMTU: '1402', felix_vxlanport: '2', IPINIPMTU: '3' })
  expect(seen.mtus).toEqual({ ipip: 1402, vxlan: 1300 })
  expect(seen.rules).toMatchObject({ logPrefix: 'one', vxlanPort: 2 })
})

test.each([
  [{ defaultEndpointToHostAction: 'Accept' }, { endpointToHost: 'ACCEPT' }],
  [{ chainInsertMode: 'Append' }, { insertMode: 'append' }],
  [{ serviceLoopPrevention: 'Disabled' }, { serviceLoop: undefined }],
  [{ interfacePrefix: 'cali,tap' }, { interfacePrefixes: ['cali', 'tap'] }],
  [{ natPortRange: '100:200' }, { natPorts: { first: 100, last: 200 } }],
  [{ natPortRange: 100 }, { natPorts: { first: 100, last: 100 } }],
  [{ iptablesMarkMask: 0xf0 }, { marks: { accept: 16, pass: 32, scratch: 64, otherScratch: 128 } }],
  [
    { logPrefix: 'a "quoted" prefix that the kernel would cut' },
    { logPrefix: 'a quoted prefix that the ke' },
  ],
] as const)('%j gives %j', (spec, seen) => {
  expect(rules(spec)).toMatchObject(seen)
})

test.each([
  { defaultEndpointToHostAction: 'Perhaps' },
  { chainInsertMode: 'sideways' },
  { interfacePrefix: 'no spaces' },
  { interfacePrefix: 'longer-than-an-interface' },
  { natPortRange: '200:100' },
  { natPortRange: '1:65536' },
  { natOutgoingAddress: '::1' },
  { iptablesMarkMask: 7 },
  { vxlanPort: -1 },
  { logPrefix: null },
])('%j is as if it were not said', (spec) => {
  expect(rules(spec)).toEqual(rules({}))
})

test('durations come in Go’s words from the API, and in seconds from the environment; 0 is never', () => {
  expect(settings({}).refreshMs).toEqual({ rules: 90_000, sets: 10_000, routes: 90_000 })
  const said = {
    iptablesRefreshInterval: '1m30.5s',
    ipsetsRefreshInterval: '500ms',
    routeRefreshInterval: '0s',
  }
  expect(settings(said).refreshMs).toEqual({ rules: 90_500, sets: 500, routes: 0 })
  expect(settings(said, { FELIX_IPTABLESREFRESHINTERVAL: '2' }).refreshMs.rules).toBe(2000)
})

test('tunnels are what pools say unless somebody says otherwise; nodes outside are networks', () => {
  expect(settings({}).tunnels).toEqual({})
  expect(settings({ ipipEnabled: false, vxlanEnabled: 'yes' }).tunnels).toEqual({ ipip: false, vxlan: true })
  const externalNodesList = ['10.9.0.7/24', '10.9.1.7', '2001:db8::/64']
  expect(settings({ externalNodesList }).externalNodes).toEqual(['10.9.0.0/24', '10.9.1.7/32'])
})
