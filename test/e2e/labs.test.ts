import { afterAll, expect, test } from 'vitest'
import type { Proof } from '../../src/session/proof.ts'
import { Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
afterAll(() => stranger.leave())

const LABS = ['containers', 'flannel', 'services', 'calico', 'calico-bgp', 'policy']
/** The longest takes 200 pods up and down twice: 80 s by itself, more beside other tests. */
const DEADLINE_MS = 300_000

/** Fails untouched, passes after solve, fails after undo, passes for each alternative: what `knet-labs test` proves. */
test.each(LABS)('every step of %s proves itself', { timeout: DEADLINE_MS }, async (lab) => {
  const { stdout, stderr } = await stranger.run(['test', lab, '--json'], { timeoutMs: DEADLINE_MS - 5000 })
  const { proofs } = JSON.parse(stdout || '{"proofs":[]}') as { proofs: Proof[] }
  const claims = proofs.flatMap((proof) => proof.claims)
  expect(
    claims.filter((claim) => !claim.holds),
    stderr,
  ).toEqual([])
  expect(claims.length).toBeGreaterThan(0)
})
