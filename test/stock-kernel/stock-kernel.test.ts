import { describe, expect, test } from 'vitest'
import { IPIP_PROGRAM } from '../../src/dataplane/calico/tunnel/ipip-program.ts'
import { stockMachine, whyNot } from './stock-machine.ts'

/** By name, as KNET_STOCK_LABS=calico; none at all when it is empty. */
const LABS = (process.env['KNET_STOCK_LABS'] ?? 'flannel,calico-bgp,calico').split(',').filter(Boolean)
/** How long a lab takes depends on the tests beside it; its own deadlines go by the machine's clock. */
const TIMEOUT = { timeout: 30 * 60_000 }
const AS_NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups --'

/** Two machines at once, since each has one processor: the lab that takes as long as all else has the second. */
describe('modules and packets, and shorter labs', { concurrent: true }, () => {
  const run = stockMachine()

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
  const wireOf = (kind: 'ipip' | 'tun' | 'veth', as = AS_NOBODY) =>
    run(`${as} sh test/stock-kernel/wire.sh ${kind} /tmp/ipip-program`)

  test.sequential('where no module is loaded for anybody, doctor tells a user how to have the kernel’s tunnel', async ({
    skip,
  }) => {
    if (whyNot) skip(whyNot)
    await run('echo /bin/false >/proc/sys/kernel/modprobe')
    expect(await doctorOnIpip()).toBe('sudo modprobe ipip')
    expect(await run('cat /proc/modules')).not.toContain('ipip')
  })

  test.sequential('a user without rights has the kernel’s tunnel by asking for it', async ({ skip }) => {
    if (whyNot) skip(whyNot)
    await run('echo /sbin/modprobe >/proc/sys/kernel/modprobe')
    expect(await doctorOnIpip()).toBe('works')
    expect(await run('cat /proc/modules')).toContain('ipip')
  })

  test.sequential('what leaves by the kernel’s tunnel is as our program makes it', async ({ skip }) => {
    if (whyNot) skip(whyNot)
    await run(`echo ${Buffer.from(IPIP_PROGRAM).toString('base64')} | base64 -d >/tmp/ipip-program`)
    const kernels = await wireOf('ipip')
    expect(kernels.match(/\t4,1\t/g)?.length).toBeGreaterThan(6)
    expect(await wireOf('veth')).toBe(kernels)
  })

  test.sequential.for(LABS.filter((lab) => lab !== 'calico'))(
    'the lab %s proves itself',
    TIMEOUT,
    async (lab, { skip }) => {
      if (whyNot) skip(whyNot)
      await run(`node dist/cli.js test ${lab}`)
    },
  )
})

describe.for(LABS.filter((lab) => lab === 'calico'))('a machine of its own', { concurrent: true }, (lab) => {
  const run = stockMachine()

  test(`the lab ${lab} proves itself`, TIMEOUT, async ({ skip }) => {
    if (whyNot) skip(whyNot)
    await run(`node dist/cli.js test ${lab}`)
  })
})
