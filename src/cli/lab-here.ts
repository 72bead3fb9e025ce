import type { Environment } from '../cluster/environment.ts'
import type { Lab } from '../lab/lab.ts'
import { movedLab } from '../lab/moved.ts'

/** A lab as it is on what it runs on: with the addresses that machines have there, and the cluster's own manifests where it has some. */
export function labHere(lab: Lab, { running, cluster }: Environment): Lab {
  const moved = movedLab(lab, running.topology)
  const own = [...(cluster?.manifests ?? [])].filter(([name]) => moved.manifests.has(name))
  return own.length > 0 ? { ...moved, manifests: new Map([...moved.manifests, ...own]) } : moved
}
