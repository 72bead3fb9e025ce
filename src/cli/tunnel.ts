import type { Finding } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'

const KERNELS = 'IP-in-IP between nodes is the kernel’s own.'
const PROGRAMS =
  'IP-in-IP between nodes is done by a program, since this kernel can’t; packets on the wire are the same.'

/** Which IP-in-IP nodes will have, as a sentence; undefined where nobody asked, as for labs without. */
export function tunnelForeseen(found: readonly Finding[]): string | undefined {
  const ipip = found.find(({ name }) => name === 'ipip')
  return ipip && (ipip.ok ? KERNELS : PROGRAMS)
}

/** What `tunl0` is made of, in the kernel's words for kinds of links. Only `ipip` needs no program of ours. */
export interface Tunnel {
  readonly kind: 'ipip' | 'tun' | 'veth'
  readonly sentence: string
}

/** The tunnel in use on a machine; undefined while there is none. A kernel with the module has one in each network, at rest. */
export async function tunnelInUse(machine: Machine | undefined): Promise<Tunnel | undefined> {
  const link = await machine?.exec(['ip', '-d', 'link', 'show', 'up', 'dev', 'tunl0'])
  const kind = /^ +(ipip|tun|veth)\b/m.exec(link?.stdout ?? '')?.[1] as Tunnel['kind'] | undefined
  return kind && { kind, sentence: kind === 'ipip' ? KERNELS : PROGRAMS }
}
