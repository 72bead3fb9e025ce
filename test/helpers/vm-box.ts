import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../src/machine/packages.ts'
import { CLI } from './cli.ts'
import { buildImage, debianMachine } from './debian-machine.ts'
import { dockerdMissing } from './dockerd.ts'
import { sharedDaemon } from './docker-lab.ts'
import { nodeImageMissing } from './node-image.ts'

/** What keeps this machine from running Vagrant on containers; undefined when nothing does. */
export function vagrantMissing(): string | undefined {
  const path = process.env['PATH'] ?? ''
  const lacking = ['vagrant', 'ssh', 'docker', 'apt-get'].filter((name) => !findProgram(name, path))
  if (lacking.length > 0) return `not installed: ${lacking.join(', ')}`
  return dockerdMissing() ?? nodeImageMissing()
}

export interface Box {
  /** What Vagrant is to be run with. */
  readonly env: NodeJS.ProcessEnv
  /** What it is to be run by: it and ssh reach the machines of the tests' daemon from its network only. */
  readonly through: readonly string[]
  close(): void
}

const IMAGE = 'knet-vm:test'

/** Vagrant's own user, and what boxes bring that a machine image does not. */
const DOCKERFILE = `ARG BASE
FROM \${BASE}
COPY . /tmp/box
RUN cd /tmp/box && dpkg --install ./*.deb && sh setup.sh
`

const SETUP = `set -eu
useradd --create-home --shell /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/vagrant
mkdir -m 700 /home/vagrant/.ssh
cp vagrant.pub /home/vagrant/.ssh/authorized_keys
chown -R vagrant: /home/vagrant/.ssh
`

/** A box whose machine is a container with systemd and sshd, of Vagrant's own docker provider. */
export async function vmBox(folder: string): Promise<Box> {
  const machine = await debianMachine(folder)
  const context = join(folder, 'image')
  mkdirSync(context)
  const download = 'apt-get download sudo || { apt-get update && apt-get download sudo; }'
  execFileSync('sh', ['-c', download], { cwd: context, stdio: 'ignore' })
  cpSync(publicKey(), join(context, 'vagrant.pub'))
  writeFileSync(join(context, 'setup.sh'), SETUP)
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  buildImage(IMAGE, context, machine.image)
  const files = join(folder, 'files')
  mkdirSync(files)
  bundleInto(files, folder)
  const { socket, pid } = sharedDaemon()
  return {
    env: {
      DOCKER_HOST: `unix://${socket}`,
      VAGRANT_HOME: join(folder, 'vagrant-home'),
      VAGRANT_DEFAULT_PROVIDER: 'docker',
      KNET_VM_BOX: boxFile(folder, machine.options),
      KNET_VM_FILES: files,
    },
    through: ['nsenter', `--net=/proc/${pid}/ns/net`],
    close: () => machine.close(),
  }
}

/** The image of the machines of Docker in the machine, as no registry is there. */
function bundleInto(files: string, home: string): void {
  const env = { ...process.env, HOME: home, DOCKER_HOST: `unix://${sharedDaemon().socket}` }
  const create = ['bundle', 'create', '--labs', 'containers', '--file', join(files, 'bundle.tar')]
  execFileSync(process.execPath, [CLI, ...create], { env, stdio: 'pipe' })
}

function boxFile(folder: string, options: readonly string[]): string {
  const box = join(folder, 'box')
  mkdirSync(box)
  writeFileSync(join(box, 'metadata.json'), '{"provider": "docker"}')
  writeFileSync(
    join(box, 'Vagrantfile'),
    `Vagrant.configure("2") do |config|
  config.ssh.username = "vagrant"
  config.vm.provider "docker" do |docker|
    docker.image = "${IMAGE}"
    docker.has_ssh = true
    docker.create_args = ${JSON.stringify(options)}
  end
end
`,
  )
  const file = join(folder, 'test.box')
  const what = ['--directory', box, 'metadata.json', 'Vagrantfile']
  execFileSync('tar', ['--create', '--gzip', '--file', file, ...what])
  return file
}

/** The key that every box starts with, and that Vagrant replaces at once; it brings it along. */
function publicKey(): string {
  const roots = ['/usr/share/rubygems-integration/all/gems', '/opt/vagrant/embedded/gems/gems']
  const gems = roots.flatMap((root) =>
    existsSync(root) ? readdirSync(root).map((gem) => join(root, gem)) : [],
  )
  const key = gems.map((gem) => join(gem, 'keys/vagrant.pub')).find((file) => existsSync(file))
  if (!key) throw new Error('Vagrant is here without its public key')
  return key
}
