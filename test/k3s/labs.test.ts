import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { RealCluster, whyNoK3s } from './real-cluster.ts'

const LABS = readdirSync(resolve(import.meta.dirname, '../../labs'), { withFileTypes: true }).flatMap(
  (entry) => (entry.isDirectory() ? [entry.name] : []),
)

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

test.for(LABS)('%s proves each of its steps on machines with a real k3s', async (lab) => {
  const real = new RealCluster()
  onTestFinished(() => real.leave())
  const { stdout, stderr } = await real.knet('test', lab, '--driver', 'docker', '--json')
  expect(stdout, stderr).toContain('"proofs"')
  const { proofs } = JSON.parse(stdout) as Proofs
  const broken = proofs.flatMap(({ claims }) => claims.filter(({ holds }) => !holds))
  expect(broken.map(({ step, claim, why }) => `${step} ${claim}: ${why}`)).toEqual([])
})
