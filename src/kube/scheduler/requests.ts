import type { Container, Pod, PodSpec } from '../objects.ts'
import { quantity } from './quantity.ts'

/** Amounts by resource name: cores, bytes, count. */
export type Amounts = Readonly<Record<string, number>>

export interface HostPort {
  readonly port: number
  readonly protocol: string
  readonly ip: string
}

/** What a pod takes of a node: the sum of its containers or its hungriest init container, and one of "pods". */
export function requestsOf(spec: PodSpec | undefined): Amounts {
  const total: Record<string, number> = { pods: 1 }
  const sidecars: Record<string, number> = {}
  for (const container of spec?.containers ?? []) addTo(total, amounts(container))
  for (const container of spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      addTo(total, amounts(container))
      addTo(sidecars, amounts(container))
    } else {
      const peak = { ...sidecars }
      addTo(peak, amounts(container))
      for (const [name, amount] of Object.entries(peak)) total[name] = Math.max(total[name] ?? 0, amount)
    }
  }
  addTo(total, spec?.overhead ? toAmounts(spec.overhead) : {})
  return total
}

function amounts(container: Container): Amounts {
  return toAmounts({ ...container.resources?.limits, ...container.resources?.requests })
}

export function toAmounts(quantities: Readonly<Record<string, string>>): Amounts {
  return Object.fromEntries(Object.entries(quantities).map(([name, text]) => [name, quantity(text)]))
}

export function addTo(total: Record<string, number>, more: Amounts, sign: 1 | -1 = 1): void {
  for (const [name, amount] of Object.entries(more)) total[name] = (total[name] ?? 0) + sign * amount
}

export function hostPortsOf(pod: Pod): HostPort[] {
  return (pod.spec?.containers ?? [])
    .flatMap((container) => container.ports ?? [])
    .flatMap(({ hostPort, protocol = 'TCP', hostIP = '0.0.0.0' }) =>
      hostPort ? [{ port: hostPort, protocol, ip: hostIP || '0.0.0.0' }] : [],
    )
}

export function conflicts(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0'
  return a.port === b.port && a.protocol === b.protocol && sameAddress
}
