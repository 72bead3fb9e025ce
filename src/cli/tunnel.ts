import type { Driver } from '../machine/driver.ts'
import type { Machine } from '../machine/machine.ts'
import { needsOf } from './lab-needs.ts'

type Lab = Parameters<typeof needsOf>[0]

const KERNELS = 'IP-in-IP between nodes is the kernel’s own.'
const PROGRAMS =
  'IP-in-IP between nodes is done by a program, since this kernel can’t; packets on the wire are the same.'

/** Which IP-in-IP the nodes of a lab will have, as a sentence; undefined for labs without. */
export async function tunnelForeseen(driver: Driver, lab: Lab): Promise<string | undefined> {
  const needs = needsOf(lab)
  if (needs.length === 0) return undefined
  const ipip = (await driver.probe('start', needs)).find(({ name }) => name === 'ipip')
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
