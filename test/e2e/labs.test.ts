import { afterAll, expect, test } from 'vitest'
import type { Proof } from '../../src/session/proof.ts'
import { Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
afterAll(() => stranger.leave())

/** Fails untouched, passes after solve, fails after undo, passes for each alternative: what `knet-labs test` proves. */
test.each(['containers', 'flannel', 'services'])('every step of %s proves itself', async (lab) => {
  const { stdout, stderr } = await stranger.run(['test', lab, '--json'], { timeoutMs: 115_000 })
  const { proofs } = JSON.parse(stdout || '{"proofs":[]}') as { proofs: Proof[] }
  const claims = proofs.flatMap((proof) => proof.claims)
  expect(
    claims.filter((claim) => !claim.holds),
    stderr,
  ).toEqual([])
  expect(claims.length).toBeGreaterThan(0)
})
