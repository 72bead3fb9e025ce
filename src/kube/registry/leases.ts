import type { Lease } from '../objects.ts'
import { LEASES } from '../resources.ts'
import { AGE, NAME, text } from './columns.ts'
import { define } from './define.ts'
import { invalid } from './field-error.ts'

export const leases = define<Lease>(LEASES, {
  singular: 'lease',
  columns: [NAME, text('Holder', 'Who holds the lease.', (lease) => lease.spec?.holderIdentity ?? ''), AGE],
  validate({ spec }) {
    const seconds = spec?.leaseDurationSeconds
    if (seconds === undefined || seconds > 0) return []
    return [invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
  },
})
