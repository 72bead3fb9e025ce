import { formatCidr, parseCidr } from '../../net/cidr.ts'
import type { Tunnel } from './encapsulation.ts'
import { address, duration, names, parametersOf, ports, truth, whole, word } from './felix-parameters.ts'
import type { FelixConfiguration } from './resources.ts'
import { marksIn } from './rules/marks.ts'
import { MANIFEST_SETTINGS, type RuleSettings } from './rules/settings.ts'

/** What Felix of one node was told that has an effect here; the room's README says what has none. */
export interface FelixSettings {
  readonly rules: RuleSettings
  /** Whether rules know of tunnels; absent: when some pool has them. */
  readonly tunnels: Readonly<Partial<Record<Tunnel, boolean>>>
  /** Largest packets in tunnels; 0: as large as fits into the node's own. */
  readonly mtus: Readonly<Record<Tunnel, number>>
  readonly vxlanVNI: number
  /** Networks of nodes that are not in the cluster, whose tunnels are trusted. */
  readonly externalNodes: readonly string[]
  /** How often what is in the kernel is looked at, in milliseconds; 0: never. */
  readonly refreshMs: { readonly rules: number; readonly sets: number; readonly routes: number }
}

/** What Calico's manifest tells calico/node. */
export const MANIFEST_ENVIRONMENT = { FELIX_DEFAULTENDPOINTTOHOSTACTION: 'ACCEPT' } as const

const NAME = /^[\w-]{1,15}$/
const INTERFACE = /^[\w:.+-]{1,15}$/
const LOOPS = { Drop: 'DROP', Reject: 'REJECT', Disabled: undefined } as const
/** The colon and the space after it are Felix's; the kernel takes 29 bytes. */
const PREFIX_LENGTH = 27

/**
 * FelixConfigurations for one node: its own, `node.<name>`, comes before everybody's, and its environment before both. What cannot be read is
 * as if it were not said. Upstream: felix/config, config_params.go.
 */
export function felixSettings(
  configurations: readonly FelixConfiguration[],
  node: string,
  environment: Readonly<Record<string, string>> = MANIFEST_ENVIRONMENT,
): FelixSettings {
  const called = (name: string) => configurations.find(({ metadata }) => metadata.name === name)?.spec ?? {}
  const said = parametersOf([called('default'), called(`node.${node}`)], environment)
  const [ipip, vxlan] = [truth(said.get('ipinipenabled')), truth(said.get('vxlanenabled'))]
  return {
    rules: ruleSettings(said),
    tunnels: { ...(ipip !== undefined && { ipip }), ...(vxlan !== undefined && { vxlan }) },
    mtus: { ipip: whole(said.get('ipinipmtu'), 0), vxlan: whole(said.get('vxlanmtu'), 0) },
    vxlanVNI: whole(said.get('vxlanvni'), 4096),
    externalNodes: (said.get('externalnodescidrlist') ?? '').split(',').flatMap(networkIn),
    refreshMs: {
      rules: duration(said.get('iptablesrefreshinterval'), 90_000),
      sets: duration(said.get('ipsetsrefreshinterval'), 10_000),
      routes: duration(said.get('routerefreshinterval'), 90_000),
    },
  }
}

function ruleSettings(said: ReadonlyMap<string, string>): RuleSettings {
  const actions = ['DROP', 'RETURN', 'ACCEPT'] as const
  const allowing = ['ACCEPT', 'RETURN'] as const
  const loops = ['Drop', 'Reject', 'Disabled'] as const
  const prefix = said.get('logprefix') ?? MANIFEST_SETTINGS.logPrefix
  return {
    interfacePrefixes: names(said.get('interfaceprefix'), NAME) ?? ['cali'],
    insertMode: word(said.get('chaininsertmode'), ['insert', 'append'], 'insert'),
    marks: marksIn(whole(said.get('iptablesmarkmask'), 0xffff0000)),
    filterAllow: word(said.get('iptablesfilterallowaction'), allowing, 'ACCEPT'),
    mangleAllow: word(said.get('iptablesmangleallowaction'), allowing, 'ACCEPT'),
    endpointToHost: word(said.get('defaultendpointtohostaction'), actions, 'DROP'),
    logPrefix: prefix.replaceAll(/["\\\n]/g, '').slice(0, PREFIX_LENGTH),
    serviceLoop: LOOPS[word(said.get('serviceloopprevention'), loops, 'Drop')],
    dropsInvalid: !truth(said.get('disableconntrackinvalidcheck')),
    vxlanPort: whole(said.get('vxlanport'), 4789),
    allowedTunnels: {
      ipip: truth(said.get('allowipippacketsfromworkloads')) ?? false,
      vxlan: truth(said.get('allowvxlanpacketsfromworkloads')) ?? false,
    },
    natPorts: ports(said.get('natportrange')),
    natAddress: address(said.get('natoutgoingaddress')),
    natInterface: names(said.get('iptablesnatoutgoinginterfacefilter'), INTERFACE)?.[0],
    maxSetSize: whole(said.get('maxipsetsize'), MANIFEST_SETTINGS.maxSetSize),
  }
}

function networkIn(text: string): string[] {
  const cidr = parseCidr(text.includes('/') ? text : `${text}/32`)
  return cidr ? [formatCidr(cidr)] : []
}
