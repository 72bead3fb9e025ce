import type { PodDisruptionBudget } from '../objects.ts'
import { POD_DISRUPTION_BUDGETS } from '../resources.ts'
import { AGE, integer, NAME, text } from './columns.ts'
import { define, keepStatus, onlyStatus } from './define.ts'
import { invalid } from './field-error.ts'
import { firstGeneration, nextGeneration } from './generation.ts'
import { validateSelector } from './label-selector.ts'

/** Kept and shown; evictions don't ask it. */
export const podDisruptionBudgets = define<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS, {
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  subresources: ['status'],
  columns: [
    NAME,
    text('Min Available', 'How many pods have to stay.', ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
    text('Max Unavailable', 'How many pods may be gone.', ({ spec }) =>
      String(spec?.maxUnavailable ?? 'N/A'),
    ),
    integer(
      'Allowed Disruptions',
      'How many pods may go now.',
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    AGE,
  ],
  prepareForCreate: (budget) => firstGeneration({ ...budget, status: NOTHING_ALLOWED }),
  prepareForUpdate: (budget, current, _context, subresource) =>
    subresource === 'status'
      ? onlyStatus(budget, current)
      : nextGeneration(keepStatus(budget, current), current, ({ spec }) => spec),
  validate: ({ spec }) => [
    ...(spec?.minAvailable !== undefined && spec.maxUnavailable !== undefined
      ? [invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...(spec?.selector ? validateSelector(spec.selector, 'spec.selector') : []),
  ],
})

const NOTHING_ALLOWED = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }
