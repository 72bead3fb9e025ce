import { isIPv4 } from 'node:net'
import { parseCidr } from '../../../net/cidr.ts'
import type { EncapsulationMode, IPPool } from '../resources.ts'
import { parseSelector } from '../selector.ts'

type Environment = Readonly<Record<string, string>>
type Spec = IPPool['spec']

const DEFAULT_CIDR = '192.168.0.0/16'
const MODES: Readonly<Record<string, EncapsulationMode>> = {
  '': 'Never',
  off: 'Never',
  never: 'Never',
  crosssubnet: 'CrossSubnet',
  'cross-subnet': 'CrossSubnet',
  always: 'Always',
}

/**
 * The pool that a cluster without one gets; undefined when it is to have none. Upstream: startup.go, configureIPPools.
 * @throws Error in its words
 */
export function defaultPool(environment: Environment): Spec | undefined {
  const { CALICO_IPV4POOL_CIDR: asked = '', NO_DEFAULT_POOLS: none = '' } = environment
  if (none.toLowerCase() === 'true') {
    if (!asked) return undefined
    throw new Error(
      'Invalid configuration with NO_DEFAULT_POOLS defined and CALICO_IPV4POOL_CIDR or CALICO_IPV6POOL_CIDR defined.',
    )
  }
  const blockSize = blockSizeOf(environment['CALICO_IPV4POOL_BLOCK_SIZE'])
  return {
    allowedUses: ['Workload', 'Tunnel'],
    blockSize,
    cidr: cidrOf(asked || DEFAULT_CIDR),
    ipipMode: modeOf(environment, 'IPIP'),
    natOutgoing: !NO.has((environment['CALICO_IPV4POOL_NAT_OUTGOING'] ?? '').toLowerCase()),
    nodeSelector: selectorOf(environment['CALICO_IPV4POOL_NODE_SELECTOR']),
    vxlanMode: modeOf(environment, 'VXLAN'),
  }
}

const NO = new Set(['false', '0', 'no', 'n', 'f'])

function cidrOf(text: string): string {
  const cidr = isIPv4(text) ? `${text}/32` : text
  if (!parseCidr(cidr)) throw new Error(`Invalid CIDR specified in CALICO_IPV4POOL_CIDR '${text}'`)
  return cidr
}

function blockSizeOf(text = '26'): number {
  const size = Number(text || '26')
  if (!Number.isInteger(size)) throw new Error('Unable to convert blocksize to int')
  if (size < 20 || size > 32) throw new Error(`Invalid blocksize ${size} for version 4`)
  return size
}

function selectorOf(text = ''): string {
  try {
    parseSelector(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`Invalid node selector '${text}' for version 4: ${why}`, { cause: error })
  }
  return text || 'all()'
}

function modeOf(environment: Environment, kind: 'IPIP' | 'VXLAN'): EncapsulationMode {
  const name = `CALICO_IPV4POOL_${kind}`
  const text = environment[name] ?? ''
  const mode = MODES[text.toLowerCase()]
  if (!mode) throw new Error(`Unrecognized ${kind} mode specified in ${name} '${text}'`)
  return mode
}
