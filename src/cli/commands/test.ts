import { rm } from 'node:fs/promises'
import { EXIT } from '../../base/errors.ts'
import type { Claim, Proof } from '../../session/proof.ts'
import type { BringUpOptions } from '../bring-up.ts'
import type { App } from '../compose.ts'
import type { Command } from '../command.ts'
import { labHere } from '../lab-here.ts'
import { driverAsked, K3S_VERSION_OPTION, withK3sVersion } from '../k3s-version.ts'
import { sessionPorts } from '../ports.ts'
import { appIn, endAbandonedProofs, makeProofFolder } from '../proof-folders.ts'
import { environmentOf } from './start.ts'

export const test: Command = {
  name: 'test',
  summary:
    'prove labs: each step’s checks fail untouched, pass after its solution, fail after undo, pass for other right ways',
  arguments: [{ name: '<lab...>', summary: 'labs to prove, each in a cluster of its own' }],
  options: [
    { flags: '--driver <name>', summary: 'what the nodes are made of' },
    { flags: '--cluster <name>', summary: 'the Kubernetes on nodes of the sandbox: own or k3s' },
    K3S_VERSION_OPTION,
    { flags: '--inside <name>', summary: 'with --driver vagrant or container: what they are made of there' },
  ],
  examples: ['knet-labs test flannel', 'knet-labs test containers flannel services --json'],
  async run(given, { args, options }) {
    const app = await withK3sVersion(given, options)
    const cluster = typeof options['cluster'] === 'string' ? options['cluster'] : undefined
    const asked = { driver: driverAsked(options), cluster }
    await endAbandonedProofs(app)
    const proofs: Proof[] = []
    for (const id of args) proofs.push(await prove(app, id, asked))
    app.output.document({ holds: proofs.every((proof) => proof.holds), proofs })
    const claims = proofs.flatMap((proof) => proof.claims)
    const failed = claims.filter((claim) => !claim.holds).length
    app.output.line(`${claims.length - failed} passed, ${failed} failed`)
    return failed === 0 ? EXIT.ok : EXIT.no
  },
}

async function prove(
  app: App,
  id: string,
  asked: Pick<BringUpOptions, 'driver' | 'cluster'>,
): Promise<Proof> {
  const { proveLab } = await import('../../session/proof.ts')
  const state = await makeProofFolder()
  const apart = await appIn(app, state)
  try {
    const lab = await apart.lab(id)
    app.output.line(app.output.style('bold', `${lab.id}: ${lab.title}`))
    const { environment } = await environmentOf(apart, lab, asked)
    const ports = sessionPorts(environment, await apart.host())
    return await proveLab(labHere(lab, environment), ports, {
      signal: app.signal,
      onClaim: (claim) => show(app, claim),
    })
  } finally {
    await (await apart.driverOf(id)).down(id)
    await rm(state, { recursive: true, force: true })
  }
}

function show({ output }: App, { step, claim, holds, why, ms }: Claim): void {
  const mark = holds ? output.style('green', '✓') : output.style('red', '✗')
  output.line(`${mark} ${step} ${claim} ${output.style('dim', `${ms} ms`)}`)
  for (const line of why?.split('\n') ?? []) output.line(`    ${line}`)
}
