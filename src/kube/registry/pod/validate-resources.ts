import type { Container } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { invalid } from '../field-error.ts'
import { qualifiedNameFaults } from '../labels.ts'
import { NOT_A_QUANTITY, parseQuantity } from '../quantity.ts'

const STANDARD = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/
const NOT_NEGATIVE = 'must be greater than or equal to 0'

type Quantities = Readonly<Record<string, string>>

function nameFaults(name: string): string[] {
  const faults = qualifiedNameFaults(name)
  if (faults.length || name.includes('/')) return faults
  return STANDARD.test(name) ? [] : ['must be a standard resource for containers']
}

function validateQuantities(quantities: Quantities, at: string): FieldError[] {
  return Object.entries(quantities).flatMap(([name, amount]) => {
    const field = `${at}[${name}]`
    const quantity = parseQuantity(amount)
    return [
      ...nameFaults(name).map((fault) => invalid(field, name, fault)),
      ...(quantity ? [] : [invalid(field, amount, NOT_A_QUANTITY)]),
      ...(quantity && quantity.nanos < 0n ? [invalid(field, amount, NOT_NEGATIVE)] : []),
    ]
  })
}

/** Rules of requests and limits, each and together. */
export function validateResources(resources: Container['resources'], at: string): FieldError[] {
  const { requests = {}, limits = {} } = resources ?? {}
  const excess = Object.entries(requests).flatMap(([name, amount]) => {
    const limit = limits[name]
    const asked = parseQuantity(amount)?.nanos ?? 0n
    if (limit === undefined || asked <= (parseQuantity(limit)?.nanos ?? asked)) return []
    return [invalid(`${at}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`)]
  })
  return [
    ...validateQuantities(limits, `${at}.limits`),
    ...validateQuantities(requests, `${at}.requests`),
    ...excess,
  ]
}
