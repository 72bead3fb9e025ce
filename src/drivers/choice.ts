import type { Driver, Finding } from '../machine/driver.ts'

export type DriverName = Driver['name']

/** What a driver found on this host. */
export interface DriverReport {
  readonly name: DriverName
  readonly findings: readonly Finding[]
}

/** A driver that labs start with when nobody says which, and why, in a sentence. */
export interface Choice {
  readonly name: DriverName
  readonly why: string
}

/** What keeps a driver from starting a lab. */
export const lacking = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ ok, required }) => !ok && required)

/**
 * The sandbox wherever it works, for it is there in a second and downloads nothing; then Docker's containers. Where there is no
 * Linux, the sandbox is in a container of Docker's.
 */
export function chosenDriver(platform: NodeJS.Platform, reports: readonly DriverReport[]): Choice {
  const lacks = (name: DriverName) =>
    lacking(reports.find((report) => report.name === name)?.findings ?? [NOT_LOOKED_AT])
  if (platform !== 'linux') return elsewhere(lacks('container'), lacks('vagrant'))
  const missing = lacks('sandbox')
  if (missing.length === 0)
    return { name: 'sandbox', why: 'it works here, starts in a second and downloads nothing' }
  const instead = `the sandbox lacks ${names(missing)}`
  if (lacks('docker').length === 0) return { name: 'docker', why: `${instead}, and a Docker daemon answers` }
  return { name: 'sandbox', why: `${instead}, which is quicker to mend than to get Docker` }
}

const NOT_LOOKED_AT: Finding = { name: 'a look at it', ok: false, why: '', required: true, seen: '' }

function elsewhere(container: readonly Finding[], vagrant: readonly Finding[]): Choice {
  const why = 'this is no Linux, so the sandbox runs in one container'
  if (container.length === 0 || vagrant.length > 0) return { name: 'container', why }
  return {
    name: 'container',
    why: `${why}, which lacks ${names(container)}; --driver vagrant would work as it is`,
  }
}

const names = (findings: readonly Finding[]): string => findings.map(({ name }) => name).join(', ')
