import { readFileSync, writeFileSync } from 'node:fs'
import { ownerOf, type Unwanted } from '../../dataplane/calico/ipam/block.ts'
import { goSyntaxError } from '../../kube/api/http/json-syntax.ts'
import { CalicoError } from '../calico-error.ts'
import { fileTrouble } from '../documents.ts'
import type { Resource } from '../layout/resource.ts'
import { jsonTypeOf } from '../layout/scalars.ts'
import { isObject } from '../layout/shape.ts'
import { VERSION } from '../open-cluster.ts'
import { nodeOf, type Owners } from './ipam-findings.ts'
import type { Allocation } from './ipam-show.ts'

/** What `ipam check -o` writes and `ipam release --from-report` reads, as upstream: check.go, Report. */
export interface Report {
  readonly version: string
  readonly clusterGUID: string
  readonly datastoreLocked: boolean
  readonly clusterInformationRevision: string
  readonly clusterType: string
  readonly allocations: Readonly<Record<string, readonly Entry[]>>
}

interface Entry {
  readonly ip: string
  readonly handle?: string | undefined
  readonly sequenceNumber?: number | undefined
  readonly inUse: boolean
}

/** What was found about each address. */
export function reportOf(
  { metadata, spec }: Resource,
  allocations: readonly Allocation[],
  owners: Owners,
): Report {
  const entries = allocations.map((one) => {
    const { handle_id, secondary = {} } = one.attribute ?? {}
    const users = owners.get(one.address)
    const entry = {
      ip: one.address,
      handle: handle_id,
      sequenceNumber: one.block.spec.sequenceNumberForAllocation[one.ordinal] ?? 0,
      pod: secondary['pod'],
      namespace: secondary['namespace'],
      node: nodeOf(one),
      type: secondary['type'],
      creationTimestamp: secondary['timestamp'],
      inUse: users !== undefined,
      borrowed: nodeOf(one) !== ownerOf(one.block) || undefined,
      owners: users ?? null,
    }
    return [one.address, [entry]] as const
  })
  return {
    version: VERSION,
    clusterGUID: String(spec['clusterGUID'] ?? ''),
    datastoreLocked: spec['datastoreReady'] === false,
    clusterInformationRevision: metadata.resourceVersion ?? '',
    clusterType: String(spec['clusterType'] ?? ''),
    allocations: Object.fromEntries(entries),
  }
}

/** Where a report can't be written it isn't, and nothing is said, as upstream. */
export function writeReport(file: string, report: Report): void {
  try {
    writeFileSync(file, JSON.stringify(report, null, 2))
  } catch {
    // See above.
  }
}

/** @throws CalicoError when there is none that can be read */
export function readReport(file: string): Report {
  const report = parsed(textOf(file))
  if (isObject(report)) return report as unknown as Report
  throw new CalicoError(`json: cannot unmarshal ${jsonTypeOf(report)} into Go value of type ipam.Report`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new CalicoError(fileTrouble(file, thrown))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CalicoError(goSyntaxError(text))
  }
}

/** The addresses that nobody used in any of the reports, as the last of them tells of them. */
export function leakedIn(reports: readonly Report[]): Unwanted[] {
  const leaks = reports.map(({ allocations }) => {
    const unused = Object.values(allocations ?? {})
      .flat()
      .filter(({ inUse }) => !inUse)
    return new Map(unused.map((one) => [one.ip, one]))
  })
  const [last, ...others] = leaks.reverse()
  const common = [...(last?.values() ?? [])].filter(({ ip }) => others.every((each) => each.has(ip)))
  return common.map(({ ip, handle, sequenceNumber }) => ({ address: ip, handle, sequenceNumber }))
}
