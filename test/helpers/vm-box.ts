import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findProgram } from '../../src/machine/packages.ts'
import { dockerdMissing, importTar } from './dockerd.ts'
import { sharedDaemon } from './docker-lab.ts'
import { hostProxy } from './host-proxy.ts'
import { builtNodeImage, nodeImageMissing } from './node-image.ts'

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

/** Vagrant's own user, and what boxes bring that a machine image does not: Node is in it, as nodejs.org can't be reached. */
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
cp node /usr/local/bin/node
mkdir -p /usr/local/lib/node_modules /usr/local/etc
cp -R npm /usr/local/lib/node_modules/npm
ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
cp npmrc ca.pem /usr/local/etc/
cp outside.service /etc/systemd/system/
systemctl enable outside.service
echo 'Acquire::http::Proxy "http://127.0.0.1:3128";' >/etc/apt/apt.conf.d/proxy
`

/** As a virtual machine has it: a /sys of its own, and packages to be had. */
const OUTSIDE = `[Service]
ExecStartPre=/bin/mount -o remount,rw /sys
ExecStart=/usr/bin/socat TCP-LISTEN:3128,fork,bind=127.0.0.1,reuseaddr UNIX-CONNECT:/outside/proxy
[Install]
WantedBy=multi-user.target
`

const RIGHTS = [
  '--cap-add=ALL',
  '--cap-drop=SYS_RESOURCE',
  '--device-cgroup-rule=a *:* rwm',
  '--cgroupns=private',
  ...['seccomp', 'apparmor', 'systempaths'].map((name) => `--security-opt=${name}=unconfined`),
  '--tmpfs=/run',
  '--tmpfs=/run/lock',
  '--tmpfs=/tmp:exec,mode=777',
  '--env=container=docker',
]

/** A box whose machine is a container with systemd and sshd, of Vagrant's own docker provider. */
export async function vmBox(folder: string): Promise<Box> {
  const { docker, socket, pid } = sharedDaemon()
  const { name, tar } = await builtNodeImage()
  await importTar(docker, tar, name)
  buildImage(folder, socket, name)
  const outside = join(folder, 'outside')
  mkdirSync(outside)
  const proxy = await hostProxy(join(outside, 'proxy'))
  const box = join(folder, 'box')
  mkdirSync(box)
  writeFileSync(join(box, 'metadata.json'), '{"provider": "docker"}')
  writeFileSync(
    join(box, 'Vagrantfile'),
    `Vagrant.configure("2") do |config|
  config.ssh.username = "vagrant"
  config.vm.provider "docker" do |docker|
    docker.image = "knet-vm:test"
    docker.has_ssh = true
    docker.create_args = ${JSON.stringify([...RIGHTS, `--volume=${outside}:/outside`])}
  end
end
`,
  )
  const file = join(folder, 'test.box')
  execFileSync('tar', [
    '--create',
    '--gzip',
    '--file',
    file,
    '--directory',
    box,
    'metadata.json',
    'Vagrantfile',
  ])
  return {
    env: {
      DOCKER_HOST: `unix://${socket}`,
      VAGRANT_HOME: join(folder, 'vagrant-home'),
      VAGRANT_DEFAULT_PROVIDER: 'docker',
      KNET_VM_BOX: file,
    },
    through: ['nsenter', `--net=/proc/${pid}/ns/net`],
    close: () => void proxy.close(),
  }
}

function buildImage(folder: string, socket: string, base: string): void {
  const context = join(folder, 'image')
  mkdirSync(context)
  const node = realpathSync(process.execPath)
  cpSync(node, join(context, 'node'))
  cpSync(realpathSync(join(dirname(node), '../lib/node_modules/npm')), join(context, 'npm'), {
    recursive: true,
  })
  const download = 'apt-get download sudo || { apt-get update && apt-get download sudo; }'
  execFileSync('sh', ['-c', download], { cwd: context, stdio: 'ignore' })
  cpSync(publicKey(), join(context, 'vagrant.pub'))
  const ca = process.env['NODE_EXTRA_CA_CERTS']
  if (ca && existsSync(ca)) cpSync(ca, join(context, 'ca.pem'))
  else writeFileSync(join(context, 'ca.pem'), '')
  const registry = execFileSync('npm', ['config', 'get', 'registry'], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
  const proxies = ['proxy', 'https-proxy'].map((key) => `${key}=http://127.0.0.1:3128`)
  const npmrc = [`registry=${registry}`, ...proxies, ...(ca ? ['cafile=/usr/local/etc/ca.pem'] : [])]
  writeFileSync(join(context, 'npmrc'), npmrc.join('\n'))
  writeFileSync(join(context, 'setup.sh'), SETUP)
  writeFileSync(join(context, 'outside.service'), OUTSIDE)
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
  const args = ['build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', 'knet-vm:test', context]
  execFileSync('docker', args, { env: { ...process.env, DOCKER_HOST: `unix://${socket}` }, stdio: 'pipe' })
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
