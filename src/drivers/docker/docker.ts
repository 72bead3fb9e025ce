import type { Paths } from '../../base/paths.ts'
import type { Driver } from '../../machine/driver.ts'
import { labsOnDocker } from '../remembered.ts'
import { labelOf } from './adopt.ts'
import { connect } from './connect.ts'
import { dockerError, onLabsDaemon } from './docker-error.ts'
import { nodeImage } from './image.ts'
import { readRecord, removeRun, type DockerRecord } from './record.ts'
import { runningOn } from './running.ts'
import { ownsAnything, sweep } from './sweep.ts'

export interface DockerOptions {
  readonly paths: Paths
  readonly env: NodeJS.ProcessEnv
  /** images/node of this package. */
  readonly imageFolder: string
  /** A footloose.yaml that says what machines are made of, or have been. */
  readonly footloose?: string | undefined
  /** argv that runs {@link runTerminalProgram} in a process of its own. */
  readonly terminalProgram: readonly string[]
}

/** Machines that are containers: of Docker's here or elsewhere, or podman's. */
export function createDockerDriver(o: DockerOptions): Driver {
  const { paths, env, terminalProgram } = o
  const run = (name: string) => paths.run(name)
  const image = () => nodeImage(o.imageFolder, env)
  return {
    name: 'docker',
    probe: async (how = 'doctor') => (await import('./probe.ts')).probe(how, env, image()),
    arch: async () => (await (await import('./image-store.ts')).openImageStore(o.imageFolder, env)).arch,
    async up(topology, options) {
      const { up } = await import('./up.ts')
      const folders = { run: run(topology.name), state: paths.state }
      const where = { env, ...folders, image: image(), footloose: o.footloose, terminalProgram }
      return up(where, topology, options)
    },
    async find(name) {
      const record = readRecord(run(name))
      if (record?.state !== 'up') return undefined
      if (!(await containerStates(record)).includes('running')) return undefined
      const daemon = { docker: await connect(record.endpoint), endpoint: record.endpoint }
      const where = { run: run(name), state: paths.state, terminalProgram }
      return runningOn({ daemon, record, ...where, keep: async () => {} })
    },
    async down(name) {
      const record = readRecord(run(name))
      if (!record) return false
      const { owner, state, endpoint } = record
      const found = await asking(record, (docker) => sweep(docker, owner, state === 'making')).catch(
        (thrown: unknown) => {
          const forget = `rm -r ${run(name)}      (forgets the lab, where that daemon is gone for good)`
          throw onLabsDaemon(thrown, endpoint, forget)
        },
      )
      await removeRun(run(name))
      return found || record.adopted === true
    },
    async list() {
      const labs = labsOnDocker(paths)
      const left = await Promise.all(labs.map((name) => hasAnything(readRecord(run(name)))))
      return labs.filter((_, index) => left[index])
    },
  }
}

/** A lab whose daemon does not answer counts: it can't be said that it is not there. */
async function hasAnything(record: DockerRecord | undefined): Promise<boolean> {
  if (!record) return false
  try {
    if (record.adopted) return (await containerStates(record)).length > 0
    return await asking(record, (docker) => ownsAnything(docker, record.owner))
  } catch {
    return true
  }
}

async function containerStates(record: DockerRecord): Promise<string[]> {
  const listed = await asking(record, (docker) =>
    docker.listContainers({ all: true, filters: { label: [labelOf(record)] } }),
  )
  return listed.map(({ State }) => State)
}

async function asking<T>(
  { endpoint }: DockerRecord,
  ask: (docker: Awaited<ReturnType<typeof connect>>) => Promise<T>,
): Promise<T> {
  try {
    return await ask(await connect(endpoint))
  } catch (thrown) {
    throw dockerError(thrown, endpoint)
  }
}
