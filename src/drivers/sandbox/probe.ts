import type { Finding } from '../../machine/driver.ts'
export async function probe(): Promise<Finding[]> {
  return []
}
