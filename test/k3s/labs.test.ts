import { resolve } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { labIds } from '../../src/lab/lab-ids.ts'
import { findLab } from '../../src/lab/load.ts'
import { whyNoCalico } from './given-calico.ts'
import { RealCluster, whyNoK3s } from './real-cluster.ts'

const FOLDER = resolve(import.meta.dirname, '../../labs')
const LABS = labIds(FOLDER).map((id) => findLab(FOLDER, id))

/** Labs whose cluster is Calico's, or waits for it. */
const CALICO: ReadonlySet<string> = new Set(['calico', 'no-network'])

beforeEach(({ skip }) => skip(whyNoK3s() !== undefined, whyNoK3s()))

interface Proofs {
  readonly proofs: readonly {
    readonly claims: readonly {
      readonly step: string
      readonly claim: string
      readonly holds: boolean
      readonly why?: string
    }[]
  }[]
}

test.for(LABS)('$id proves each of its steps on machines with a real k3s', async (lab, { skip }) => {
  if (CALICO.has(lab.cluster)) skip(whyNoCalico() !== undefined, whyNoCalico())
  const real = new RealCluster()
  onTestFinished(() => real.leave())
  const { stdout, stderr } = await real.knet('test', lab.id, '--driver', 'docker', '--json')
  expect(stdout, stderr).toContain('"proofs"')
  const { proofs } = JSON.parse(stdout) as Proofs
  const broken = proofs.flatMap(({ claims }) => claims.filter(({ holds }) => !holds))
  expect(broken.map(({ step, claim, why }) => `${step} ${claim}: ${why}`)).toEqual([])
})
