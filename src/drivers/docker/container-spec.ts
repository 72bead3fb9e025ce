import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import { nodesOf, type MachineSpec, type Topology } from '../../machine/topology.ts'
import type { DockerRecord } from './record.ts'

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

/** Footloose's networks are made by hand and named by whoever makes them. */
export const networkName = (cluster: string): string => cluster

/**
 * Where Docker gives no privileges it mounts /sys and the cgroups read-only, and init needs to write to its own. What can't
 * be remounted stays: init says so itself. Then init, whatever the image has as one.
 */
const BOOT = `for m in /sys /sys/fs/cgroup /sys/fs/cgroup/*; do
  mount -o remount,rw "$m" || mount -o remount,bind,rw "$m"
done 2>/dev/null
exec /sbin/init`

/** By when it is a machine: init has taken over from {@link BOOT}'s shell. */
export const BOOTED = 'until [ "$(cat /proc/1/comm)" != sh ]; do sleep 0.02; done'

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
  record: Pick<DockerRecord, 'owner' | 'cluster' | 'image' | 'topology'>,
  machine: MachineSpec,
  privileges: Privileges,
): MachineContainer {
  const { cluster, image, topology } = record
  const network = networkName(cluster)
  return {
    name: containerName(cluster, machine.name),
    Hostname: machine.name,
    Image: image,
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
    Entrypoint: ['/bin/sh', '-c', BOOT],
    Cmd: [],
    StopSignal: 'SIGRTMIN+3',
    ExposedPorts: { '22/tcp': {} },
    HostConfig: {
      NetworkMode: network,
      Tmpfs: { '/run': '', '/run/lock': '', '/tmp': 'exec,mode=777' },
      PortBindings: { '22/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
      ExtraHosts: otherHosts(topology, machine),
      CgroupnsMode: 'private',
      ...(privileges === 'all' ? { Privileged: true } : BY_NAME),
    },
    NetworkingConfig: {
      EndpointsConfig: {
        [network]: { IPAMConfig: { IPv4Address: machine.address }, Aliases: [machine.name] },
      },
    },
  }
}

function otherHosts(topology: Topology, machine: MachineSpec): string[] {
  return nodesOf(topology).flatMap(({ name, address }) =>
    name === machine.name ? [] : [`${name}:${address}`],
  )
}
