import { describe, expect, test } from 'vitest'
import { containerSpec } from '../../../../src/drivers/docker/container-spec.ts'
import { isPortTaken, onOtherPorts } from '../../../../src/drivers/docker/published-ports.ts'
import type { DockerRecord } from '../../../../src/drivers/docker/record.ts'
import type { MachineSpec } from '../../../../src/machine/topology.ts'
import { runCommand } from '../../../../src/drivers/docker/shown-commands.ts'

const RECORD: DockerRecord = {
  endpoint: { host: 'unix:///var/run/docker.sock', from: 'its socket' },
  owner: 'owner',
  cluster: 'flannel',
  image: 'image:1',
  topology: {
    name: 'flannel',
    networks: [{ name: 'underlay', subnet: '172.19.0.0/24', gateway: '172.19.0.1' }],
    machines: [
      { name: 'node0', address: '172.19.0.2' },
      { name: 'node1', address: '172.19.0.3' },
    ],
  },
  published: [{ machine: 'node0', port: 6443 }],
  state: 'making',
}
const [NODE0, NODE1] = RECORD.topology.machines as [MachineSpec, MachineSpec]

const far = (host: string, hostPort: number): DockerRecord => ({
  ...RECORD,
  host,
  published: [{ machine: 'node0', port: 6443, hostPort }],
})
const bindingsOf = (record: DockerRecord, machine = NODE0) =>
  containerSpec(record, machine, 'all').HostConfig.PortBindings

describe('what is published', () => {
  const SSHD = { '22/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] }

  test('by a daemon on this host is for this host alone, wherever Docker likes', () => {
    expect(bindingsOf(RECORD)).toEqual({ ...SSHD, '6443/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] })
    expect(bindingsOf(RECORD, NODE1)).toEqual(SSHD)
    expect(runCommand(RECORD, NODE0).join(' ')).not.toContain('publish')
  })

  test('by one on another host is for all that reach that, but sshd is not; and the command shown says so', () => {
    expect(bindingsOf(far('far', 6444))).toEqual({
      ...SSHD,
      '6443/tcp': [{ HostIp: '0.0.0.0', HostPort: '6444' }],
    })
    expect(bindingsOf(far('2001:db8::7', 6443))?.['6443/tcp']).toEqual([{ HostIp: '::', HostPort: '6443' }])
    expect(bindingsOf(far('far', 6444), NODE1)).toEqual(SSHD)
    expect(runCommand(far('far', 6444), NODE0).join(' ')).toContain(' --publish 6444:6443 ')
    expect(runCommand(far('far', 6444), NODE1).join(' ')).not.toContain('publish')
  })
})

describe('a port that somebody else has', () => {
  test('is known by what daemons say of it', () => {
    const said = (message: string) => isPortTaken({ statusCode: 500, json: { message } })
    expect(said('Bind for 0.0.0.0:6443 failed: port is already allocated')).toBe(true)
    expect(said('listen tcp4 0.0.0.0:6443: bind: address already in use')).toBe(true)
    expect(said('no space left on device')).toBe(false)
  })

  test('is given up for the next one, not without end; where Docker had chosen it, Docker chooses again', () => {
    expect(onOtherPorts(far('far', 6443), NODE0)?.published).toEqual(far('far', 6444).published)
    expect(onOtherPorts(far('far', 6443), NODE1)).toBeUndefined()
    expect(onOtherPorts(far('far', 6462), NODE0)).toBeUndefined()
    expect(onOtherPorts(RECORD, NODE0)).toBeUndefined()
    const chosen = { ...RECORD, published: [{ machine: 'node0', port: 6443, hostPort: 32768 }] }
    expect(onOtherPorts(chosen, NODE0)?.published).toEqual(RECORD.published)
  })
})
