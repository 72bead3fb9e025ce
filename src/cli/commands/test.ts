import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT } from '../../base/errors.ts'
import type { Claim, Proof } from '../../session/proof.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { labHere } from '../lab-here.ts'
import { sessionPorts } from '../ports.ts'
import { environmentOf } from './start.ts'

export const test: Command = {
  name: 'test',
  summary:
    'prove labs: each step’s checks fail untouched, pass after its solution, fail after undo, pass for other right ways',
  arguments: [{ name: '<lab...>', summary: 'labs to prove, each in a cluster of its own' }],
  options: [
    { flags: '--driver <name>', summary: 'what the nodes are made of' },
    { flags: '--inside <name>', summary: 'with --driver vagrant or container: what they are made of there' },
  ],
  examples: ['knet-labs test flannel', 'knet-labs test containers flannel services --json'],
  async run(app, { args, options }) {
    const driver = typeof options['driver'] === 'string' ? options['driver'] : undefined
    const proofs: Proof[] = []
    for (const id of args) proofs.push(await prove(app, id, driver))
    app.output.document({ holds: proofs.every((proof) => proof.holds), proofs })
    const claims = proofs.flatMap((proof) => proof.claims)
    const failed = claims.filter((claim) => !claim.holds).length
    app.output.line(`${claims.length - failed} passed, ${failed} failed`)
    return failed === 0 ? EXIT.ok : EXIT.no
  },
}

/** In a state folder of its own, so that a learner's running lab and progress stay as they are. */
async function prove(app: App, id: string, driverName: string | undefined): Promise<Proof> {
  const { composeApp } = await import('../compose.ts')
  const { proveLab } = await import('../../session/proof.ts')
  const state = await mkdtemp(join(tmpdir(), 'knet-test-'))
  const apart = composeApp({ ...app, env: { ...app.env, XDG_STATE_HOME: state } })
  try {
    const lab = await apart.lab(id)
    app.output.line(app.output.style('bold', `${lab.id}: ${lab.title}`))
    const { environment } = await environmentOf(apart, lab, driverName)
    const ports = sessionPorts(environment, await apart.host())
    return await proveLab(labHere(lab, environment), ports, {
      signal: app.signal,
      onClaim: (claim) => show(app, claim),
    })
  } finally {
    await (await apart.driver(driverName)).down(id)
    await rm(state, { recursive: true, force: true })
  }
}

function show({ output }: App, { step, claim, holds, why, ms }: Claim): void {
  const mark = holds ? output.style('green', '✓') : output.style('red', '✗')
  output.line(`${mark} ${step} ${claim} ${output.style('dim', `${ms} ms`)}`)
  for (const line of why?.split('\n') ?? []) output.line(`    ${line}`)
}
