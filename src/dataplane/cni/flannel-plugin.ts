import { formatCidr, parseCidr } from '../../net/cidr.ts'
import type { Attachment } from './attachment.ts'
import { planBridge, removeBridge } from './bridge-plugin.ts'
import type { Removal } from './removal.ts'
import { CniError } from './cni-error.ts'
import type { PluginConf } from './conf.ts'
import type { Effects } from './effects.ts'
import type { NodeFacts } from './node-facts.ts'
import { writeLine } from './node-shell.ts'
import { sortedJson } from './sorted-json.ts'

const SUBNET_ENV = '/run/flannel/subnet.env'
const KEYS = ['FLANNEL_NETWORK', 'FLANNEL_SUBNET', 'FLANNEL_MTU', 'FLANNEL_IPMASQ'] as const

type SubnetEnv = Record<(typeof KEYS)[number], string>

/** Turns flannel's lease into a bridge configuration and hands that on: flannel-io/cni-plugin, flannel_linux.go. */
export function planFlannel(conf: PluginConf, attachment: Attachment, facts: NodeFacts): Effects {
  const delegate = delegateConf(conf, parseSubnetEnv(facts.subnetEnv))
  const effects = planBridge({ ...delegate, prevResult: conf['prevResult'] }, attachment, facts)
  const record = `/var/lib/cni/flannel/${attachment.containerId}`
  return {
    ...effects,
    nodeLines: [...effects.nodeLines, writeLine(record, sortedJson(delegate))],
  }
}

export function removeFlannel(conf: PluginConf, attachment: Attachment): Removal {
  const removal = removeBridge({ ...conf, bridge: bridgeOf(conf), ipam: { type: 'host-local' } }, attachment)
  return { ...removal, files: [...removal.files, `/var/lib/cni/flannel/${attachment.containerId}`] }
}

function bridgeOf(conf: PluginConf): unknown {
  return (conf['delegate'] as Record<string, unknown> | undefined)?.['bridge']
}

/** @throws CniError as flannel's loadFlannelSubnetEnv words it. */
function parseSubnetEnv(text: string | undefined): SubnetEnv {
  const fail = (why: string) => new CniError(`loadFlannelSubnetEnv failed: ${why}`)
  if (text === undefined) throw fail(`open ${SUBNET_ENV}: no such file or directory`)
  const values = Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
    }),
  ) as Partial<SubnetEnv>
  const missing = KEYS.filter((key) => !values[key])
  if (missing.length > 0) throw fail(`${SUBNET_ENV} is missing ${missing.join(', ')}`)
  return values as SubnetEnv
}

function delegateConf(conf: PluginConf, env: SubnetEnv): PluginConf {
  const given = (conf['delegate'] ?? {}) as Record<string, unknown>
  if ('name' in given)
    throw new CniError("'delegate' dictionary must not have 'name' field, it'll be set by flannel")
  if ('ipam' in given)
    throw new CniError("'delegate' dictionary must not have 'ipam' field, it'll be set by flannel")
  const type = String(given['type'] ?? 'bridge')
  return {
    ipMasq: env.FLANNEL_IPMASQ !== 'true',
    mtu: Number(env.FLANNEL_MTU),
    ...(type === 'bridge' && { isGateway: true }),
    ...given,
    type,
    name: conf['name'],
    cniVersion: conf['cniVersion'],
    ipam: {
      type: 'host-local',
      ranges: [[{ subnet: subnetOf(env.FLANNEL_SUBNET) }]],
      routes: [{ dst: env.FLANNEL_NETWORK }],
    },
  }
}

/** FLANNEL_SUBNET is the gateway's address with the prefix length: 10.42.1.1/24 is of 10.42.1.0/24. */
function subnetOf(gateway: string): string {
  const cidr = parseCidr(gateway)
  if (!cidr) throw new CniError(`loadFlannelSubnetEnv failed: invalid CIDR address: ${gateway}`)
  return formatCidr(cidr)
}
