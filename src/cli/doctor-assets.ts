import { archOf, assetsOf } from '../assets/assets.ts'
import { dueOf, type Part } from '../assets/inventory.ts'
import { LabError, messageOf } from '../base/errors.ts'
import type { Driver, Finding } from '../machine/driver.ts'
import type { App } from './compose.ts'

/** What real clusters are made of: as findings, for people, and in parts, for scripts. */
export interface AssetsReport {
  readonly findings: readonly Finding[]
  readonly parts: readonly Part[]
}

const KINDS = [
  { of: 'k3s', why: 'labs with a cluster' },
  { of: 'calico', why: 'labs with Calico' },
] as const

/** What of them is on this host, and how much a start would download. Asks no network but a daemon's. */
export async function assetsReport({ paths, env }: App, driver: Driver): Promise<AssetsReport> {
  // Where no daemon answers, another finding says so.
  const arch = await driver.arch?.().catch(() => undefined)
  const found = KINDS.map(({ of, why }) => {
    const what = { name: of, why, required: false }
    try {
      const parts = assetsOf({ paths, env, arch: archOf(arch) }).inventory(of)
      return { parts, finding: { ...what, ...seenOf(parts) } }
    } catch (thrown) {
      if (!(thrown instanceof LabError)) throw thrown
      const fix = thrown.hint === undefined ? {} : { fix: thrown.hint }
      return { parts: [], finding: { ...what, required: true, ok: false, seen: messageOf(thrown), ...fix } }
    }
  })
  return { findings: found.map(({ finding }) => finding), parts: found.flatMap(({ parts }) => parts) }
}

const WHERE: Readonly<Record<Exclude<Part['from'], 'download'>, string>> = {
  given: 'given',
  bundle: 'of the loaded bundle',
  cache: 'in the cache',
}

function seenOf(parts: readonly Part[]): Pick<Finding, 'ok' | 'seen' | 'fix'> {
  const here = parts.flatMap(({ what, from, files }) =>
    from === 'download' || files.length === 0 ? [] : [`${what} (${WHERE[from]})`],
  )
  const due = dueOf(parts)
  if (due.parts.length === 0) return { ok: true, seen: here.join(', ') }
  const names = due.parts.map(({ what }) => what).join(', ')
  return {
    ok: false,
    seen: `${[...here, names].join('; ')} to be downloaded by the first start, about ${due.megabytes} MB`,
    fix: 'nothing to do where there is a network; where there is none: knet-labs bundle load knet-bundle.tar',
  }
}
