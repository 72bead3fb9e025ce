import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { until } from '../../src/base/until.ts'
import { findProgram } from '../../src/machine/packages.ts'
import { importTar, tinyImage } from './dockerd.ts'

/** What keeps this machine from running podman as a daemon; undefined when nothing does. */
export function podmanMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'podman in namespaces of its own needs root'
  const path = process.env['PATH'] ?? ''
  const lacking = ['podman', 'conmon', 'runc', 'unshare', 'busybox'].filter(
    (name) => !findProgram(name, path),
  )
  return lacking.length === 0 ? undefined : `not installed: ${lacking.join(', ')}`
}

/** Podman's service as a daemon of Docker's, with network, mounts, processes and configuration of its own; its image is `tiny:1`. */
export class TestPodman {
  readonly folder = mkdtempSync(join(tmpdir(), 'knet-podman-'))
  readonly socket = join(this.folder, 'podman.sock')
  readonly docker: Docker = new Docker({ socketPath: this.socket })
  #process: ChildProcess | undefined

  async start(): Promise<void> {
    const at = (name: string) => join(this.folder, name)
    mkdirSync(at('etc'))
    writeFileSync(at('etc/policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}')
    const podman = [
      'podman',
      `--root=${at('root')}`,
      `--runroot=${at('runroot')}`,
      `--tmpdir=${at('tmp')}`,
      `--network-config-dir=${at('networks')}`,
      '--cgroup-manager=cgroupfs',
      '--runtime=runc',
      '--events-backend=file',
      'system service --time=0',
      `unix://${this.socket}`,
    ]
    const script = [
      'set -e; mount --make-rprivate /; ip link set lo up; mount -t tmpfs tmpfs /run; mkdir -p /run/lock',
      `mkdir -p /etc/containers; mount --bind ${at('etc')} /etc/containers`,
      `exec ${podman.join(' ')} >>${at('log')} 2>&1`,
    ]
    const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
    this.#process = spawn('unshare', [...namespaces, 'sh', '-c', script.join('\n')], { stdio: 'ignore' })
    const answers = () =>
      this.docker.ping().then(
        () => true,
        () => false,
      )
    await until(answers, { what: 'podman to answer', deadlineMs: 30_000 })
    await importTar(this.docker, tinyImage(this.folder), 'tiny')
    // Its import knows no tags.
    await this.docker.getImage('tiny:latest').tag({ repo: 'tiny', tag: '1' })
  }

  async leave(): Promise<void> {
    const process = this.#process
    if (process && process.exitCode === null) {
      process.kill('SIGKILL')
      await once(process, 'exit')
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
