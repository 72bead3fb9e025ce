import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MachinePort, SharedFile } from '../../machine/driver.ts'
import type { Topology } from '../../machine/topology.ts'
import { DOCKER_RECORD } from '../remembered.ts'
import type { Endpoint } from './endpoint.ts'
import type { Given } from './given.ts'

/** A machine's port, and which of its host's leads there. */
export interface PublishedPort extends MachinePort {
  /** Absent where Docker is to choose. */
  readonly hostPort?: number | undefined
}

/** What is remembered of a lab on Docker, as docker.json in its run folder: written before anything is made, so that whatever is made can be found. */
export interface DockerRecord {
  readonly endpoint: Endpoint
  /** Label of all that is the lab's: ownerOf (base/owner.ts) its run folder. */
  readonly owner: string
  /** Footloose's word for the lab: containers are `<cluster>-<machine>`. */
  readonly cluster: string
  readonly image: string
  /** With the addresses that the machines have, which differ from the lab's where those are taken. */
  readonly topology: Topology
  /** As {@link UpOptions} has them; absent for none. */
  readonly shared?: readonly SharedFile[] | undefined
  readonly storage?: readonly string[] | undefined
  readonly published?: readonly PublishedPort[] | undefined
  /** Name or address of the machines' host, where it is another one that is to be reached from here: what is published is open to its network. */
  readonly host?: string | undefined
  /** Where somebody's footloose.yaml has a say in what the machines are. */
  readonly given?: Given | undefined
  /** Machines that footloose has made: they are used, and stay when the lab ends. */
  readonly adopted?: boolean | undefined
  /** `making` until all is there and `keep` was called: what is found then was left by a start that was killed. */
  readonly state: 'making' | 'up'
}

export function readRecord(run: string): DockerRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(run, DOCKER_RECORD), 'utf8')) as DockerRecord
  } catch {
    return undefined
  }
}

export async function writeRecord(run: string, record: DockerRecord): Promise<void> {
  const draft = join(run, `${DOCKER_RECORD}.new`)
  await writeFile(draft, JSON.stringify(record), { mode: 0o600 })
  await rename(draft, join(run, DOCKER_RECORD))
}

/** All that lies in a lab's run folder goes with the lab. */
export async function removeRun(run: string): Promise<void> {
  await rm(run, { recursive: true, force: true })
}
