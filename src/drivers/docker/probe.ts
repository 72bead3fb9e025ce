import type Docker from 'dockerode'
import { LabError } from '../../base/errors.ts'
import type { Finding } from '../../machine/driver.ts'
import { findProgram, installCommand, packageHost } from '../../machine/packages.ts'
import { connect } from './connect.ts'
import { daemonHost } from './daemon-host.ts'
import { ping } from './docker-error.ts'
import { endpointHere, type Endpoint } from './endpoint.ts'
import { hasImage, rootfsCommand, type NodeImage } from './image.ts'

/** What this host has and lacks for machines that are containers. */
export async function probe(
  how: 'start' | 'doctor',
  env: NodeJS.ProcessEnv,
  image: NodeImage,
): Promise<Finding[]> {
  if (process.platform === 'win32') return [NOT_FROM_WINDOWS]
  const reached = await reach(env)
  if ('problem' in reached) return [daemonMissing(reached.problem), ...(how === 'doctor' ? tools() : [])]
  if (how === 'start') return [daemonThere(reached, '')]
  const { docker, endpoint } = reached
  const [{ Version }, host] = await Promise.all([docker.version(), daemonHost(endpoint)])
  const published = host === undefined ? [] : [publishedFinding(host)]
  return [daemonThere(reached, `${Version} at `), ...published, await imageFinding(docker, image), ...tools()]
}

type Reached = { readonly docker: Docker; readonly endpoint: Endpoint }

async function reach(env: NodeJS.ProcessEnv): Promise<Reached | { problem: LabError }> {
  try {
    const endpoint = endpointHere(env)
    const docker = await connect(endpoint)
    await ping(docker, endpoint)
    return { docker, endpoint }
  } catch (thrown) {
    if (thrown instanceof LabError) return { problem: thrown }
    throw thrown
  }
}

const DAEMON = { name: 'docker', why: 'makes the machines', required: true } as const

/** Its pipes are not looked for, nor could terminals be kept without unix sockets. */
const NOT_FROM_WINDOWS: Finding = {
  ...DAEMON,
  ok: false,
  seen: 'this is Windows, where its machines have no terminals',
  fix: 'take --driver container or vagrant; or run knet-labs in WSL 2 (wsl --install)',
}

const ELSEWHERE = 'choose a daemon that answers, with DOCKER_HOST or "docker context use"'

const daemonThere = ({ endpoint }: Reached, version: string): Finding => ({
  ...DAEMON,
  ok: true,
  seen: `${version}${endpoint.host} (${endpoint.from})`,
})

/** Where nothing of Docker is installed, its package mends it; else what Docker's own refusal says. */
function daemonMissing(problem: LabError): Finding {
  const isHere = problem.message.includes('unix://')
  if (!isHere) return { ...DAEMON, ok: false, seen: problem.message, fix: ELSEWHERE }
  const installed = ['dockerd', 'docker', 'podman'].some((name) =>
    findProgram(name, process.env['PATH'] ?? ''),
  )
  const host = packageHost()
  const start = host.hasSystemd ? 'sudo systemctl start docker' : 'start the Docker daemon'
  const hint = problem.hint?.startsWith('sudo') ? problem.hint : start
  const fix = installed
    ? hint
    : (installCommand('docker', host) ?? 'install Docker: https://docs.docker.com/get-docker')
  return { ...DAEMON, ok: false, seen: problem.message, fix }
}

/** What a lab opens to a network is said before it does. */
const publishedFinding = (host: string): Finding => ({
  name: 'port of the API',
  why: 'brings kubectl and checks to a real k3s on another host',
  required: false,
  ok: true,
  seen: `6443 of ${host}, or the next that is free: this host must get there, and whoever else does finds TLS that wants the lab's own keys`,
})

async function imageFinding(docker: Docker, image: NodeImage): Promise<Finding> {
  const there = await hasImage(docker, image)
  const what = {
    name: 'machine image',
    why: 'is what machines are made of; built on first use, which needs a registry',
    required: false,
    ok: there,
  }
  if (there) return { ...what, seen: image.name }
  const fix = image.folder
    ? `without a registry: ${rootfsCommand({ ...image, folder: image.folder })}`
    : `docker pull ${image.name}`
  return { ...what, seen: `${image.name} is not there yet`, fix }
}

function tools(): Finding[] {
  const host = packageHost()
  const file = findProgram('tshark', process.env['PATH'] ?? '')
  const fix = installCommand('tshark', host)
  return [
    {
      name: 'tshark',
      why: 'reads captured packets for the screen of packets',
      required: false,
      ok: file !== undefined,
      seen: file ?? 'not installed',
      ...(file || !fix ? {} : { fix }),
    },
  ]
}
