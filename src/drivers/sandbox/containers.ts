import { readFileSync, statfsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { listenOnLoopback } from '../../base/sockets.ts'
import type { Companion, MachinePort, UpOptions } from '../../machine/driver.ts'
import type { Topology } from '../../machine/topology.ts'
import type { Containers } from './container-script.ts'
import { groupName, hierarchiesIn } from './control-groups.ts'

/** Images unpacked and what containers write, where it is plenty: a datastore syncs all the time, for machines that nobody keeps. */
const MEMORY_EACH = 2 ** 31

/** What a lab whose machines run containers needs besides, as this host has it. @param run the lab's folder */
export async function containersHere(
  { name: lab, machines: { length: machines } }: Topology,
  run: string,
  { shared = [], storage = [] }: Pick<UpOptions, 'shared' | 'storage'>,
): Promise<Containers> {
  const folder = join(run, 'storage')
  await mkdir(folder, { recursive: true })
  const onDisk = canBeOverlaid(folder) && memoryFree() < machines * MEMORY_EACH
  return {
    hierarchies: hierarchiesIn(readFileSync('/proc/self/mountinfo', 'utf8')),
    group: groupName(lab, run),
    shared,
    storage,
    disk: onDisk ? folder : undefined,
  }
}

/** Of statfs(2): ext4, XFS, Btrfs, tmpfs. */
const OVERLAID = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994])

/** Whether containers' layers can be kept in a folder: not where that is on layers itself, or on a network. */
const canBeOverlaid = (folder: string): boolean => OVERLAID.has(statfsSync(folder).type)

/** Bytes that this host could spare. */
function memoryFree(): number {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

/** Ports of a machine as this host reaches them. */
export interface Published {
  /** Passes on what comes. */
  readonly companion: Companion
  readonly ports: readonly (MachinePort & { readonly at: string })[]
  /** Here; the companion goes on listening. */
  close(): void
}

/**
 * Listens on this host for a machine's ports.
 * @param forwarder argv of forward.ts
 */
export async function publish(
  ports: readonly MachinePort[],
  forwarder: readonly string[],
  logFile: string,
): Promise<Published | undefined> {
  const [first] = ports
  if (!first) return undefined
  const servers = await Promise.all(ports.map(listenOnLoopback))
  return {
    companion: {
      argv: [...forwarder, ...ports.map(({ port }) => String(port))],
      machine: first.machine,
      inherit: servers,
      logFile,
    },
    ports: ports.map((one, index) => ({
      ...one,
      at: `127.0.0.1:${(servers[index]!.address() as AddressInfo).port}`,
    })),
    close: () => servers.forEach((server) => server.close()),
  }
}
