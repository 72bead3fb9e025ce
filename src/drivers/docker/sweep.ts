import type Docker from 'dockerode'
import { until } from '../../base/until.ts'
import { ownedBy } from './container-spec.ts'
import { statusOf } from './docker-error.ts'

/** Far beyond what a busy daemon needs to kill a few containers. */
const DEADLINE_MS = 60_000

/**
 * Removes all of an owner's containers, networks and volumes.
 * @param interrupted they were being made a moment ago, by a process that has gone: what the daemon was asked for last may
 *   come after the first look, so it takes several with nothing there.
 * @returns whether there was anything.
 */
export async function sweep(docker: Docker, owner: string, interrupted: boolean): Promise<boolean> {
  let found = false
  let empty = 0
  await until(
    async () => {
      const some = await removeOnce(docker, owner)
      found ||= some
      empty = some ? 0 : empty + 1
      return empty >= (interrupted ? LOOKS : 1)
    },
    { what: 'Docker to remove the machines', deadlineMs: DEADLINE_MS, everyMs: 50, maxEveryMs: 400 },
  )
  return found
}

const LOOKS = 4

export async function ownsAnything(docker: Docker, owner: string): Promise<boolean> {
  return Object.values(await propertyOf(docker, owner)).some((things) => things.length > 0)
}

async function propertyOf(docker: Docker, owner: string) {
  const filters = { label: [ownedBy(owner)] }
  const [containers, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ])
  return { containers, networks, volumes: Volumes ?? [] }
}

async function removeOnce(docker: Docker, owner: string): Promise<boolean> {
  const { containers, networks, volumes } = await propertyOf(docker, owner)
  await Promise.all(
    containers.map(({ Id }) => gone(docker.getContainer(Id).remove({ force: true, v: true }))),
  )
  await Promise.all([
    ...networks.map(({ Id }) => gone(docker.getNetwork(Id).remove())),
    ...volumes.map(({ Name }) => gone(docker.getVolume(Name).remove())),
  ])
  return containers.length + networks.length + volumes.length > 0
}

/**
 * What is not there any more, or is being removed by somebody else, is removed; and a network that a container still
 * holds, or a volume, is looked at again. */
async function gone(removing: Promise<unknown>): Promise<void> {
  await removing.catch((thrown: unknown) => {
    if (![403, 404, 409].includes(statusOf(thrown) ?? 0)) throw thrown
  })
}
