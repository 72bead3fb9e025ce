import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { BLOCK_AFFINITIES, IPAM_BLOCKS, IPAM_HANDLES } from '../../../src/dataplane/calico/resources.ts'
import { PODS } from '../../../src/kube/resources.ts'
import { goldenCluster, type CalicoCluster } from '../../helpers/calico-cluster.ts'

const GOLDEN = resolve(import.meta.dirname, '../../golden/calicoctl/ipam')

let cluster: CalicoCluster
beforeAll(async () => {
  cluster = await goldenCluster()
})

function recorded(file: string): { argv: string[]; said: string } {
  const [typed = '', ...lines] = readFileSync(resolve(GOLDEN, file), 'utf8').split('\n')
  return { argv: typed.split(' ').slice(2), said: lines.join('\n').replace(/\[exit 0\]\n?$/, '') }
}

/** k3s lists blocks and pods in the order in which they were made; we do by name. */
const sorted = (text: string) => text.split('\n').toSorted()

test.each(['show.txt', 'show-blocks.txt', 'show-borrowed.txt', 'show-configuration.txt', 'show-ip.txt'])(
  '%s is what the real one shows',
  async (file) => {
    const { argv, said } = recorded(file)
    expect(sorted((await cluster.calicoctl(...argv)).stdout)).toEqual(sorted(said))
  },
)

test.each(['check.txt', 'check-all.txt'])('%s is what the real one finds', async (file) => {
  const { argv, said } = recorded(file)
  expect(sorted((await cluster.calicoctl(...argv)).stdout)).toEqual(sorted(said))
})

test('an address whose pod is gone is leaked, until it is released: out of its block, and of its handle', async () => {
  const { client, calicoctl } = await goldenCluster()
  await client.delete(PODS, { namespace: 'demo', name: 'web-0' }, { gracePeriodSeconds: 0 })
  const before = await calicoctl('ipam', 'check', '--show-problem-ips')
  expect(before.stdout).toContain('  192.168.166.129 leaked; attrs Main:k8s-pod-network.aec495')
  expect(before.stdout).toContain('Check complete; found 1 problems.')
  const released = await calicoctl('ipam', 'release', '--ip=192.168.166.129')
  expect(released).toMatchObject({ code: 0, stdout: 'Successfully released IP address 192.168.166.129\n' })
  expect((await calicoctl('ipam', 'check')).stdout).toContain('Check complete; found 0 problems.')
  const block = await client.get(IPAM_BLOCKS, { name: '192-168-166-128-26' })
  expect(block?.spec.allocations.slice(0, 3)).toEqual([0, null, 1])
  expect(block?.spec.unallocated.at(-1)).toBe(1)
  const { items } = await client.list(IPAM_HANDLES)
  expect(items.some(({ metadata }) => metadata.name.includes('aec495e18bd8'))).toBe(false)
})

test('a pool that goes takes its blocks from the nodes: those in use are nobody’s then', async () => {
  const { client, calicoctl } = await goldenCluster()
  expect(await calicoctl('delete', 'ippool', 'default-ipv4-ippool')).toMatchObject({ code: 0 })
  expect((await client.list(BLOCK_AFFINITIES)).items).toEqual([])
  const { items } = await client.list(IPAM_BLOCKS)
  expect(items.map(({ spec }) => spec.affinity)).toEqual([undefined, undefined, undefined])
})

test('addresses of other nodes’ blocks are borrowed', async () => {
  const { client, calicoctl } = await goldenCluster()
  const block = await client.get(IPAM_BLOCKS, { name: '192-168-104-0-26' })
  if (!block) throw new Error('no block')
  await client.update(IPAM_BLOCKS, { ...block, spec: { ...block.spec, affinity: 'host:node9' } })
  const { stdout } = await calicoctl('ipam', 'show', '--show-borrowed')
  expect(stdout).toContain(
    '| 192.168.104.0 | node2          | 192.168.104.0/26 | node9       | pod  | demo/web-1    |',
  )
})

let folder: string | undefined
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true })
  folder = undefined
})

/** A cluster of which two addresses leaked, and a way to write reports of that. */
async function leaking() {
  const files = mkdtempSync(join(tmpdir(), 'knet-report-'))
  folder = files
  const { client, calicoctl } = await goldenCluster()
  for (const name of ['web-0', 'web-1']) {
    await client.delete(PODS, { namespace: 'demo', name }, { gracePeriodSeconds: 0 })
  }
  const found = join(files, 'found.json')
  await calicoctl('ipam', 'check', '-o', found)
  const report = JSON.parse(readFileSync(found, 'utf8')) as {
    version: string
    allocations: Record<string, { ip: string; inUse: boolean; handle: string }[]>
  }
  const written = (change: object) => {
    const file = join(files, 'changed.json')
    writeFileSync(file, JSON.stringify(change))
    return file
  }
  const release = (file: string, ...more: string[]) =>
    calicoctl('ipam', 'release', `--from-report=${file}`, ...more)
  return { client, calicoctl, found, report, written, release }
}

const FORCED = 'WARNING: Data store is not locked. Ignoring due to --force option\n'
const END = 'You may now unlock the data store.\n'

// What the real one said of the same, on the same cluster.
test('addresses that a report tells of as leaked are released, once nothing can be given out meanwhile', async () => {
  const { client, calicoctl, found, release } = await leaking()
  expect(await release(found)).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Data store is not locked. Either lock the data store, or re-run with --force.\n',
  })
  const released = 'Releasing 2 old IPs\nReleased 2 IPs successfully\n'
  expect(await release(found, '--force')).toEqual({ code: 0, stdout: FORCED + released + END, stderr: '' })
  expect(
    (await client.list(IPAM_HANDLES)).items.filter(({ metadata }) => /net\./.test(metadata.name)),
  ).toEqual([])
  expect((await calicoctl('ipam', 'check')).stdout).toContain('Check complete; found 0 problems.')
})

test('what only one of two reports tells of is not released', async () => {
  const { found, report, written, release, calicoctl } = await leaking()
  const [address = ''] = Object.entries(report.allocations).find(([, [one]]) => !one?.inUse) ?? []
  const { [address]: _, ...allocations } = report.allocations
  const { stdout } = await release(found, `--from-report=${written({ ...report, allocations })}`, '--force')
  expect(stdout).toContain('Releasing 1 old IPs\nReleased 1 IPs successfully\n')
  expect((await calicoctl('ipam', 'check', '--show-problem-ips')).stdout).toContain(`  ${address} leaked; `)
})

test('a report that is not of this cluster, of another version, too old or wrong releases nothing', async () => {
  const { report, written, release } = await leaking()
  const refusal = async (change: object, ...more: string[]) => {
    const file = written(change)
    const { code, stderr } = await release(file, ...more)
    expect(code).toBe(1)
    return stderr.replace(file, 'FILE')
  }
  expect(await refusal({ ...report, clusterGUID: 'x' }, '--force')).toBe(
    'Cluster does not match the provided report (FILE): mismatched cluster GUID. Refusing to release.\n',
  )
  const other = { ...report, version: 'v9' }
  expect(await refusal(other)).toBe(
    'The provided report (FILE) was produced using a different version (v9) of calicoctl. Refusing to release.\n',
  )
  expect((await release(written({ ...other, allocations: {} }), '--force')).stdout).toBe(
    'WARNING: Report was produced using a different version of calicoctl. Ignoring due to --force option\n' +
      `${FORCED}No addresses need to be released.\n${END}`,
  )
  expect(await refusal({ ...report, clusterInformationRevision: '1' }, '--force')).toBe(
    'The provided reports are all stale - at least one should be up-to-date. Please generate a new report while the data store is locked and try again.\n',
  )
  const stale = structuredClone(report)
  const leak = Object.values(stale.allocations)
    .flat()
    .find(({ inUse }) => !inUse)
  if (leak) leak.handle = 'somebody-else'
  expect(await refusal(stale, '--force')).toBe(`update conflict: ${leak?.ip}\n`)
  expect((await release('/nix')).stderr).toBe('open /nix: no such file or directory\n')
  expect(await refusal([], '--force')).toBe(
    'json: cannot unmarshal array into Go value of type ipam.Report\n',
  )
})

test('a report that can’t be written, and an IPv6 address, are no trouble', async () => {
  expect(await cluster.calicoctl('ipam', 'check', '-o', '/nix/x')).toMatchObject({ code: 0, stderr: '' })
  expect(await cluster.calicoctl('ipam', 'show', '--ip=fd00::1')).toMatchObject({
    code: 0,
    stdout: 'fd00::1 is not assigned\n',
  })
  expect(await cluster.calicoctl('ipam', 'release', '--ip=fd00::1')).toMatchObject({
    code: 1,
    stderr: 'IP address fd00::1 is not assigned\n',
  })
})
