import type { MachineSpec, NetworkSpec } from '../../machine/topology.ts'
import { attachments, containerName, networkName } from './container-spec.ts'
import type { DockerRecord } from './record.ts'

/** What is done to bring a lab up, as one would type it, but for what only init needs. */

export function networkCommand(record: DockerRecord, network: NetworkSpec): string[] {
  return ['docker', 'network', 'create', '--subnet', network.subnet, networkName(record, network)]
}

export function runCommand(record: DockerRecord, machine: MachineSpec): string[] {
  const [first, ...others] = attachments(record, machine)
  const words = `docker run --detach --privileged --hostname ${machine.name} --network ${first?.network} --ip ${machine.address}`
  const more = others.flatMap(({ network }) => ['--network', network])
  const published = record.host === undefined ? [] : (record.published ?? [])
  const ports = published.filter((one) => one.machine === machine.name)
  const publish = ports.flatMap(({ hostPort, port }) => ['--publish', `${hostPort}:${port}`])
  const image = record.given?.machines[machine.name]?.image ?? record.image
  return [
    ...words.split(' '),
    ...more,
    ...publish,
    '--name',
    containerName(record.cluster, machine.name),
    image,
  ]
}
