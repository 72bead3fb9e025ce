import { isIPv6 } from 'node:net'
import type { ContainerCreateOptions, EndpointSettings, HostConfig } from 'dockerode'
import { cablesOf, type MachineSpec, type NetworkSpec, type Topology } from '../../machine/topology.ts'
import { bootScript } from './boot-script.ts'
import { givenTo } from './given.ts'
import type { DockerRecord } from './record.ts'
import { mountsOf } from './shared-files.ts'

/** Of all that knet-labs makes: whose it is. A sweep goes by this and by nothing else. */
export const OWNER = 'io.knet-labs.owner'
const LAB = 'io.knet-labs.lab'
const MACHINE = 'io.knet-labs.machine'

export const ownedBy = (owner: string): string => `${OWNER}=${owner}`

export function labelsOf({
  owner,
  topology,
}: Pick<DockerRecord, 'owner' | 'topology'>): Record<string, string> {
  return { [OWNER]: owner, [LAB]: topology.name }
}

/** As footloose names containers (pkg/cluster/cluster.go), so that it finds them. */
export const containerName = (cluster: string, machine: string): string => `${cluster}-${machine}`

/** Footloose's networks are made by hand and named by whoever makes them: the lab's only one has its name. */
export const networkName = (
  { cluster, topology: { networks }, given }: Pick<DockerRecord, 'cluster' | 'topology' | 'given'>,
  { name }: NetworkSpec,
): string => (networks.length === 1 ? (given?.network ?? cluster) : `${cluster}-${name}`)

/** How much a machine may do to the kernel it shares. */
export type Privileges = 'all' | 'by name'

/**
 * What `--privileged` gives, without what a daemon that was itself started with less can't give: CAP_SYS_RESOURCE. For
 * /proc/sys and mounting, nothing is masked.
 */
const BY_NAME = {
  CapAdd: ['ALL'],
  CapDrop: ['SYS_RESOURCE'],
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
  MaskedPaths: [],
  ReadonlyPaths: [],
  DeviceCgroupRules: ['a *:* rwm'],
}

/** What the types of dockerode lack (API 1.41). */
type MachineContainer = ContainerCreateOptions & { HostConfig: HostConfig & { CgroupnsMode: 'private' } }

/** A machine as footloose makes one: labels, names, tmpfs mounts, port 22; with an address of its own that outlives restarts. */
export function containerSpec(
  record: Omit<DockerRecord, 'state'>,
  machine: MachineSpec,
  privileges: Privileges,
): MachineContainer {
  const { cluster, image, topology } = record
  const [first] = attachments(record, machine)
  const given = givenTo(record.given ?? { machines: {} }, machine)
  const ports = { ...publishedPorts(record, machine), ...given.ports }
  return {
    name: containerName(cluster, machine.name),
    Hostname: machine.name,
    Image: given.image ?? image,
    Labels: {
      ...labelsOf(record),
      [MACHINE]: machine.name,
      'works.weave.owner': 'footloose',
      'works.weave.cluster': cluster,
    },
    Tty: true,
    OpenStdin: true,
    // How systemd knows that it has no hardware.
    Env: ['container=docker'],
    Entrypoint: ['/bin/sh', '-c', bootScript(topology, machine, given.init)],
    Cmd: [],
    StopSignal: 'SIGRTMIN+3',
    ExposedPorts: Object.fromEntries(Object.keys(ports).map((port) => [port, {}])),
    HostConfig: {
      NetworkMode: first?.network ?? 'none',
      Tmpfs: { '/run': '', '/run/lock': '', '/tmp': 'exec,mode=777' },
      PortBindings: ports,
      ExtraHosts: otherHosts(topology, machine),
      Mounts: [...mountsOf(record, labelsOf(record)), ...given.mounts],
      CgroupnsMode: 'private',
      ...(privileges === 'all' && given.privileged ? { Privileged: true } : BY_NAME),
    },
    NetworkingConfig: {
      EndpointsConfig: first ? { [first.network]: first.endpoint } : {},
    },
  }
}

/** Always that of sshd, for footloose. What this host is to reach of another one is open to all that reach that. */
function publishedPorts(
  { published = [], host }: Pick<DockerRecord, 'published' | 'host'>,
  { name }: MachineSpec,
): Record<string, { HostIp: string; HostPort: string }[]> {
  const everywhere = isIPv6(host ?? '') ? '::' : '0.0.0.0'
  const wanted = published.flatMap(({ machine, port, hostPort = '' }) =>
    machine === name
      ? [{ port, HostIp: host === undefined ? LOOPBACK : everywhere, HostPort: String(hostPort) }]
      : [],
  )
  const all = [{ port: 22, HostIp: LOOPBACK, HostPort: '' }, ...wanted]
  return Object.fromEntries(all.map(({ port, ...binding }) => [`${port}/tcp`, [binding]]))
}

const LOOPBACK = '127.0.0.1'

/** A cable of a machine's as Docker has it. */
export interface Attachment {
  readonly network: string
  readonly endpoint: EndpointSettings
}

/** A container is made with the first, and connected to the others before it starts: daemons before API 1.44 take but one. */
export function attachments(
  record: Pick<DockerRecord, 'cluster' | 'topology' | 'given'>,
  machine: MachineSpec,
): Attachment[] {
  return cablesOf(record.topology, machine).map(({ address, network }) => ({
    network: networkName(record, network),
    endpoint: { IPAMConfig: { IPv4Address: address }, Aliases: [machine.name] },
  }))
}

function otherHosts({ machines }: Topology, machine: MachineSpec): string[] {
  return machines.flatMap(({ name, address }) => (name === machine.name ? [] : [`${name}:${address}`]))
}
