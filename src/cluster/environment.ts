import type { Driver, Running } from '../machine/driver.ts'
import type { Bringing, Cluster, ClusterKind, Joining } from './cluster.ts'

/** What a lab runs on: machines and, where the lab has one, a cluster on them. */
export interface Environment {
  readonly name: string
  readonly running: Running
  readonly cluster: Cluster | undefined
}

/**
 * Brings a lab's environment up. It dies with this process, however that ends, until `running.keep()`; or where a daemon made
 * the machines, is a leftover then.
 * @param kind absent for labs that have machines only.
 * @throws LabError when the machines or the cluster don't come up; nothing is left behind then.
 */
export async function createEnvironment(
  bringing: Bringing,
  kind: ClusterKind | undefined,
): Promise<Environment> {
  const { driver, topology, ...options } = bringing
  if (!kind) return { name: topology.name, running: await driver.up(topology, options), cluster: undefined }
  return { name: topology.name, ...(await kind.up(bringing)) }
}

/** The environment of a lab that is up, or undefined. */
export async function findEnvironment(
  driver: Driver,
  name: string,
  kind: ClusterKind | undefined,
): Promise<Environment | undefined> {
  const running = await driver.find(name)
  return running && { name, running, cluster: await kind?.open(running) }
}

/**
 * The environment of a lab that is up, or that another program is bringing up at this moment: then this waits with it.
 * @throws LabError as createEnvironment, when what was coming up does not.
 */
export async function joinEnvironment(
  joining: Joining,
  kind: ClusterKind | undefined,
): Promise<Environment | undefined> {
  const found = await findEnvironment(joining.driver, joining.topology.name, kind)
  if (found) await kind?.whenReady(joining)
  return found
}
