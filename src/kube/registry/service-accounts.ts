import type { ServiceAccount } from '../objects.ts'
import { SERVICE_ACCOUNTS } from '../resources.ts'
import { AGE, NAME } from './columns.ts'
import { define } from './define.ts'

export const serviceAccounts = define<ServiceAccount>(SERVICE_ACCOUNTS, {
  singular: 'serviceaccount',
  shortNames: ['sa'],
  subresources: ['token'],
  columns: [NAME, AGE],
})
