import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IPIP_PROGRAM } from '../../src/dataplane/calico/tunnel/ipip-program.ts'
import { fetchStockKernel, whyNoStockKernel } from './kernel.ts'
import { bootStockKernel, type StockMachine } from './machine.ts'

/** One machine for all, in this order: modules that were loaded stay. */
const ROOT = resolve(import.meta.dirname, '../..')
/** Labs take minutes each, emulated: only those that are asked for, as flannel,calico. */
const LABS = (process.env['KNET_STOCK_LABS'] ?? '').split(',').filter(Boolean)
const AS_NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups --'

const why = whyNoStockKernel()
let machine: StockMachine
beforeAll(async () => {
  if (!why) machine = await bootStockKernel(fetchStockKernel())
})
afterAll(() => machine?.stop())

/** @returns what a script said. @throws when it fails, with that */
async function run(script: string): Promise<string> {
  const { exitCode, said } = await machine.run(`cd '${ROOT}'\n${script}`)
  expect(exitCode, said).toBe(0)
  return said
}

/** What `doctor` tells a user without rights of the kernel's tunnel. */
async function doctorOnIpip(): Promise<string> {
  const said = await run(`HOME=/nowhere ${AS_NOBODY} node dist/cli.js doctor --json || :`)
  const { findings } = JSON.parse(said.slice(said.indexOf('{'))) as {
    findings: { name: string; ok: boolean; fix?: string }[]
  }
  const ipip = findings.find(({ name }) => name === 'ipip')
  return ipip?.ok ? 'works' : (ipip?.fix ?? 'not found')
}

/** The packets that leave through a tunl0 of a kind. */
const wireOf = (kind: 'ipip' | 'veth') =>
  run(`${AS_NOBODY} sh test/stock-kernel/wire.sh ${kind} /tmp/ipip-program`)

test('where no module is loaded for anybody, doctor tells a user how to have the kernel’s tunnel', async ({
  skip,
}) => {
  if (why) skip(why)
  await run('echo /bin/false >/proc/sys/kernel/modprobe')
  expect(await doctorOnIpip()).toBe('sudo modprobe ipip')
  expect(await run('cat /proc/modules')).not.toContain('ipip')
})

test('a user without rights has the kernel’s tunnel by asking for it', async ({ skip }) => {
  if (why) skip(why)
  await run('echo /sbin/modprobe >/proc/sys/kernel/modprobe')
  expect(await doctorOnIpip()).toBe('works')
  expect(await run('cat /proc/modules')).toContain('ipip')
})

test.runIf(process.env['KNET_STOCK_WIRE'])(
  'what leaves by the kernel’s tunnel is as our program makes it',
  async ({ skip }) => {
    if (why) skip(why)
    await run(`echo ${Buffer.from(IPIP_PROGRAM).toString('base64')} | base64 -d >/tmp/ipip-program`)
    const kernels = await wireOf('ipip')
    expect(kernels.match(/\t4,1\t/g)?.length).toBeGreaterThan(6)
    expect(await wireOf('veth')).toBe(kernels)
  },
)

test.for(LABS)('the lab %s proves itself', async (lab, { skip }) => {
  if (why) skip(why)
  await run(`node dist/cli.js test ${lab}`)
})
