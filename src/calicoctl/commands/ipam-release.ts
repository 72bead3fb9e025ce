import { ReleaseConflict, type Unwanted } from '../../dataplane/calico/ipam/block.ts'
import { releaseGiven } from '../../dataplane/calico/ipam/release.ts'
import type { KubeClient } from '../../kube/client.ts'
import { CalicoError } from '../calico-error.ts'
import type { Resource } from '../layout/resource.ts'
import { checkVersion, clusterOf, VERSION } from '../open-cluster.ts'
import { storeOf } from '../store/store-of-kind.ts'
import { CONFIG, listOption, MISMATCH, textOption, type Call, type Verb } from '../verb.ts'
import { leakedIn, readReport, type Report } from './ipam-report.ts'
import { checkAddress } from './ipam-show.ts'

export const ipamRelease: Verb = {
  name: 'ipam release',
  summary: 'Give addresses back that nobody uses any more.',
  usage: '[--ip=<IP>] [--from-report=<REPORT>]... [--config=<CONFIG>] [--force] [--allow-version-mismatch]',
  options: [
    ['--ip <address>', 'which'],
    ['--from-report <file...>', 'those that are leaked by all of these reports of ipam check'],
    ['--force', 'also when addresses may be given out meanwhile'],
    CONFIG,
    MISMATCH,
  ],
  async run(call) {
    await checkVersion(call)
    const { client } = clusterOf(call)
    const files = listOption(call, 'fromReport')
    const address = textOption(call, 'ip')
    if (files.length > 0) await releaseLeaked(call, client, files)
    else if (address !== undefined) await releaseOne(call, client, address)
    return 0
  },
}

async function releaseOne({ around }: Call, client: KubeClient, address: string): Promise<void> {
  checkAddress(address)
  const free = await released(client, [{ address }])
  if (free.length > 0) throw new CalicoError(`IP address ${address} is not assigned`)
  around.print(`Successfully released IP address ${address}\n`)
}

async function releaseLeaked(call: Call, client: KubeClient, files: readonly string[]): Promise<void> {
  const say = (line: string) => call.around.print(`${line}\n`)
  const information = await storeOf(client, 'ClusterInformation').get({ name: 'default' })
  const isForced = call.options['force'] === true
  const reports = files.map((file) => {
    const report = readReport(file)
    checkReport({ file, report, information, isForced }, say)
    return report
  })
  checkCluster(information, reports)
  if (information.spec['datastoreReady'] !== false) {
    if (!isForced) {
      throw new CalicoError('Data store is not locked. Either lock the data store, or re-run with --force.')
    }
    say('WARNING: Data store is not locked. Ignoring due to --force option')
  }
  const leaked = leakedIn(reports)
  if (leaked.length === 0) say('No addresses need to be released.')
  else {
    say(`Releasing ${leaked.length} old IPs`)
    const free = await released(client, leaked)
    if (free.length > 0) say('Warning: report contained addresses which are no longer allocated')
    else say(`Released ${leaked.length} IPs successfully`)
  }
  say('You may now unlock the data store.')
}

interface Checked {
  readonly file: string
  readonly report: Report
  readonly information: Resource
  readonly isForced: boolean
}

/** @throws CalicoError for a report of another cluster, or by another calicoctl */
function checkReport({ file, report, information, isForced }: Checked, say: (line: string) => void): void {
  if (report.clusterGUID !== (information.spec['clusterGUID'] ?? '')) {
    throw new CalicoError(
      `Cluster does not match the provided report (${file}): mismatched cluster GUID. Refusing to release.`,
    )
  }
  if (report.version === VERSION) return
  if (!isForced) {
    throw new CalicoError(
      `The provided report (${file}) was produced using a different version (${report.version}) of calicoctl. Refusing to release.`,
    )
  }
  say('WARNING: Report was produced using a different version of calicoctl. Ignoring due to --force option')
}

/** @throws CalicoError when all are older than the last change of the cluster's information, as locking is one */
function checkCluster({ metadata }: Resource, reports: readonly Report[]): void {
  const now = metadata.resourceVersion
  if (reports.some(({ clusterInformationRevision }) => clusterInformationRevision === now)) return
  throw new CalicoError(
    'The provided reports are all stale - at least one should be up-to-date. Please generate a new report while the data store is locked and try again.',
  )
}

async function released(client: KubeClient, unwanted: readonly Unwanted[]): Promise<string[]> {
  try {
    return await releaseGiven(client, unwanted)
  } catch (error) {
    throw error instanceof ReleaseConflict ? new CalicoError(error.message, 'conflict') : error
  }
}
