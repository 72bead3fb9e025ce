import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sharedDaemon } from './docker-lab.ts'
import { importTar } from './dockerd.ts'
import { hostProxy } from './host-proxy.ts'
import { builtNodeImage } from './node-image.ts'

/** A Debian with systemd as a container of the tests' daemon, as far as a container can be what a virtual machine is. */
export interface DebianMachine {
  readonly image: string
  /** Options of `docker run` that make it one. */
  readonly options: readonly string[]
  close(): void
}

const IMAGE = 'knet-debian:test'

/** Node is in it, as nodejs.org can't be reached. */
const DOCKERFILE = `ARG BASE
FROM \${BASE}
COPY . /tmp/debian
RUN cd /tmp/debian && sh setup.sh
`

const SETUP = `set -eu
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
ExecStartPre=-/bin/sh -c 'for m in /sys /sys/fs/cgroup /sys/fs/cgroup/*; do mount -o remount,rw $m || mount -o remount,bind,rw $m; done'
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
  // Docker in it can't put its own layers on those that the machine's files are.
  '--volume=/var/lib/docker',
  // No registry is there: that shall take no time to find out.
  '--add-host=registry-1.docker.io:127.0.0.1',
]

/** Builds its image and opens its way to packages. @param folder for files, the caller's to remove. */
export async function debianMachine(folder: string): Promise<DebianMachine> {
  const { docker } = sharedDaemon()
  const { name, tar } = await builtNodeImage()
  await importTar(docker, tar, name)
  const context = join(folder, 'debian')
  mkdirSync(context)
  fillContext(context)
  buildImage(IMAGE, context, name)
  const outside = join(folder, 'outside')
  mkdirSync(outside)
  const proxy = await hostProxy(join(outside, 'proxy'))
  return {
    image: IMAGE,
    options: [...RIGHTS, `--volume=${outside}:/outside`],
    close: () => void proxy.close(),
  }
}

export function buildImage(tag: string, context: string, base: string): void {
  const args = ['build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', tag, context]
  const env = { ...process.env, DOCKER_HOST: `unix://${sharedDaemon().socket}` }
  execFileSync('docker', args, { env, stdio: 'pipe' })
}

function fillContext(context: string): void {
  const node = realpathSync(process.execPath)
  cpSync(node, join(context, 'node'))
  const npm = realpathSync(join(dirname(node), '../lib/node_modules/npm'))
  cpSync(npm, join(context, 'npm'), { recursive: true })
  const ca = process.env['NODE_EXTRA_CA_CERTS']
  if (ca && existsSync(ca)) cpSync(ca, join(context, 'ca.pem'))
  else writeFileSync(join(context, 'ca.pem'), '')
  const asked = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', stdio: 'pipe' })
  const proxies = ['proxy', 'https-proxy'].map((key) => `${key}=http://127.0.0.1:3128`)
  const authority = ca ? ['cafile=/usr/local/etc/ca.pem'] : []
  writeFileSync(join(context, 'npmrc'), [`registry=${asked.trim()}`, ...proxies, ...authority].join('\n'))
  writeFileSync(join(context, 'setup.sh'), SETUP)
  writeFileSync(join(context, 'outside.service'), OUTSIDE)
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE)
}
