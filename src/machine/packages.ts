import type { Finding } from './driver.ts'

export async function installPlan(
  _findings: readonly Finding[],
): Promise<{ commands: string[][]; packages: string[] } | undefined> {
  return undefined
}
