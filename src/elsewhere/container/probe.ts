import type { Finding } from '../../machine/driver.ts'
import { findProgram, installCommand, packageHost } from '../../machine/packages.ts'
import { docker } from './docker.ts'
import { hasImage, imageName, type ImageSource } from './image.ts'

const DOCKER = { name: 'docker', why: 'runs the container that labs run in', required: true } as const
const IMAGE = {
  name: 'sandbox image',
  why: 'is the Linux in it; made by the first start',
  required: false,
} as const

/** What this host has and lacks for the sandbox in a container. */
export async function probe(how: 'start' | 'doctor', source: ImageSource): Promise<Finding[]> {
  if (findProgram('docker', process.env['PATH'] ?? '') === undefined) {
    const fix =
      installCommand('docker', packageHost()) ??
      'install Docker: https://docs.docker.com/get-started/get-docker'
    return [{ ...DOCKER, ok: false, seen: 'not installed', fix }]
  }
  const { exitCode, stdout, stderr } = await docker(['version', '--format', '{{.Server.Version}}'], 15_000)
  if (exitCode !== 0) {
    const seen = stderr.trim().split('\n').at(-1) || 'no answer'
    return [
      { ...DOCKER, ok: false, seen, fix: 'start Docker, or choose another daemon with "docker context use"' },
    ]
  }
  const there: Finding = { ...DOCKER, ok: true, seen: stdout.trim() }
  if (how === 'start') return [there]
  const name = imageName(source)
  const made = await hasImage(name)
  return [
    there,
    {
      ...IMAGE,
      ok: made,
      seen: made ? name : 'not built yet',
      ...(made ? {} : { fix: 'any start builds it' }),
    },
  ]
}
