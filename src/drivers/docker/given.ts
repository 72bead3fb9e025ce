import type { HostConfig, MountSettings } from 'dockerode'
import type { MachineSpec, Topology } from '../../machine/topology.ts'
import { footlooseError } from './footloose-error.ts'
import type { FootlooseFile, FootlooseMachine } from './footloose-file.ts'

/** What somebody's footloose.yaml says of the machines of a lab, by their names. */
export interface Given {
  /** The file. */
  readonly path: string
  readonly cluster: string
  readonly privateKey?: string | undefined
  /** Name of the lab's only network. */
  readonly network?: string | undefined
  readonly machines: Readonly<Record<string, FootlooseMachine>>
}

/** Reads a footloose.yaml for a lab. @throws LabError KNET_FOOTLOOSE for what it can't be. */
export async function readGiven(path: string, topology: Topology): Promise<Given> {
  const { readFootloose } = await import('./footloose-file.ts')
  return givenBy(await readFootloose(path), topology)
}

/** @throws LabError KNET_FOOTLOOSE when the file does not have the machines that the lab has. */
export function givenBy(file: FootlooseFile, topology: Topology): Given {
  const byName = new Map(file.machines.map((machine) => [machine.name, machine]))
  const lacking = topology.machines.filter(({ name }) => !byName.has(name))
  if (lacking.length > 0) {
    const names = (machines: readonly { name: string }[]) =>
      machines.map(({ name }) => name).join(', ') || 'none'
    throw footlooseError(
      file.path,
      `the lab ${topology.name} has machines ${names(topology.machines)}; the file's are ${names(file.machines)}.`,
    )
  }
  const machines = topology.machines.flatMap(({ name }) => byName.get(name) ?? [])
  const [network] = machines.flatMap(({ networks }) => networks.filter((one) => one !== 'bridge'))
  return {
    path: file.path,
    cluster: file.cluster,
    privateKey: file.privateKey,
    ...(topology.networks.length === 1 ? { network } : {}),
    machines: Object.fromEntries(machines.map((machine) => [machine.name, machine])),
  }
}

/** What of a container a footloose.yaml has a say in, as Docker has it. */
export function givenTo({ machines }: Pick<Given, 'machines'>, { name }: MachineSpec) {
  const machine = machines[name]
  return {
    image: machine?.image,
    privileged: machine?.privileged ?? true,
    init: machine?.cmd,
    mounts: (machine?.volumes ?? []).map(({ type, source, destination, readOnly }): MountSettings => {
      return { Type: type, Source: source, Target: destination, ReadOnly: readOnly }
    }),
    ports: Object.fromEntries(
      (machine?.ports ?? []).map(({ protocol, address, hostPort, containerPort }) => [
        `${containerPort}/${protocol}`,
        [{ HostIp: address, HostPort: hostPort ? String(hostPort) : '' }],
      ]),
    ) satisfies HostConfig['PortBindings'],
  }
}
