import { type KernelLink, type KernelRoute, links, namespaces, routes } from '../kernel.ts'
import type { World } from '../world.ts'
import { COUNTERS, type Counters, parseCounters } from './counters.ts'

/** What one look at a machine's kernel found. */
export interface MachineLook {
  readonly links: readonly KernelLink[]
  readonly routes: readonly KernelRoute[]
  /** Interfaces of each named network namespace. */
  readonly namespaces: ReadonlyMap<string, readonly KernelLink[]>
  readonly counters: Counters
}

/** Looks at a machine with one command. @throws LabError when the machine does not answer. */
export async function lookAtMachine(world: World, machine: string): Promise<MachineLook> {
  const [itsLinks, itsRoutes, itsNamespaces, counters] = await Promise.all([
    links(world, machine),
    routes(world, machine),
    namespaces(world, machine),
    world.read(machine, COUNTERS),
  ])
  return {
    links: itsLinks,
    routes: itsRoutes,
    namespaces: itsNamespaces,
    counters: parseCounters(counters.text),
  }
}
