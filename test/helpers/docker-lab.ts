import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import Docker from 'dockerode'
import { inject, onTestFinished } from 'vitest'
import { pathsFrom, type Paths } from '../../src/base/paths.ts'
import { createDockerDriver } from '../../src/drivers/docker/docker.ts'
import type { Driver } from '../../src/machine/driver.ts'
import type { Topology } from '../../src/machine/topology.ts'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

export interface DockerUser {
  readonly driver: Driver
  readonly paths: Paths
  /** Ends what they began. */
  leave(): Promise<void>
}

/** A user with a state folder of their own, for as long as a test takes. */
export function dockerUser(socket: string, env: NodeJS.ProcessEnv = {}): DockerUser {
  const user = newDockerUser(socket, env)
  onTestFinished(() => user.leave())
  return user
}

/** A user with a state folder of their own. */
export function newDockerUser(socket: string, env: NodeJS.ProcessEnv = {}): DockerUser {
  const home = mkdtempSync(join(tmpdir(), 'knet-docker-user-'))
  const all = { HOME: home, DOCKER_HOST: `unix://${socket}`, KNET_NODE_IMAGE: 'tiny:1', ...env }
  const paths = pathsFrom(all, home)
  const driver = createDockerDriver({
    paths,
    env: all,
    imageFolder: resolve(import.meta.dirname, '../../images/node'),
    footloose: env['KNET_FOOTLOOSE'],
    terminalProgram: [process.execPath, CLI, '__docker-terminal'],
  })
  return {
    driver,
    paths,
    async leave() {
      for (const lab of await driver.list()) await driver.down(lab)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The daemon of all tests; fails where a test that needs it should have been skipped. */
export function sharedDaemon(): { socket: string; pid: number; docker: Docker } {
  const provided = inject('docker')
  if ('missing' in provided) throw new Error(provided.missing)
  return { ...provided, docker: new Docker({ socketPath: provided.socket }) }
}

/** Why tests with Docker are skipped here, for `skip` of a test's context. */
export function whyNoDocker(): string | undefined {
  const provided = inject('docker')
  return 'missing' in provided ? provided.missing : undefined
}

export function topologyOf(name: string, nodes: number, subnet = '172.19.0.0/24'): Topology {
  const prefix = subnet.replace(/\.\d+\/\d+$/, '')
  return {
    name,
    networks: [{ name: 'underlay', subnet, gateway: `${prefix}.1` }],
    machines: Array.from({ length: nodes }, (_, n) => ({ name: `node${n}`, address: `${prefix}.${n + 2}` })),
  }
}

/** Two racks with a node each, and a router between them, as labs/calico-bgp has it. */
export function topologyOfRacks(name: string): Topology {
  const rack = (n: number) => ({
    name: `rack${n}`,
    subnet: `${n}.${n}.${n}.0/24`,
    gateway: `${n}.${n}.${n}.254`,
  })
  const addresses = ['25.25.25.254', '35.35.35.254']
  return {
    name,
    networks: [rack(25), rack(35)],
    machines: [
      { name: 'node121', address: '25.25.25.121' },
      { name: 'node122', address: '35.35.35.122' },
      { name: 'fabric', address: '25.25.25.254', router: { addresses, loopback: '2.2.2.2', as: 63400 } },
    ],
  }
}
