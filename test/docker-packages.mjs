import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'

/** What the project `docker` needs besides a sandbox's tools: a daemon to run by itself, and what makes the machine image. */
const PROGRAMS = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  containerd: 'containerd',
  runc: 'runc',
  mmdebstrap: 'mmdebstrap',
}

/** What the project `vagrant` needs besides: without them its tests are skipped one by one. */
const VAGRANT_PROGRAMS = { vagrant: 'vagrant', shellcheck: 'shellcheck' }

/** Asked by maintainer scripts before they start a service; 101 is no (policy-rc.d of invoke-rc.d and deb-systemd-invoke). */
const POLICY = '/usr/sbin/policy-rc.d'

/**
 * Installs what tests with a Docker daemon need. None is started, now or at the next boot: one in this machine's own network
 * would drop what it does not know, and the tests have theirs in a network of its own.
 * @returns why they can't be run, or undefined.
 */
export const installDockerPackages = () => installPackages(PROGRAMS)

/** As {@link installDockerPackages}, by itself: not every platform has a package of Vagrant. */
export const installVagrantPackages = () => installPackages(VAGRANT_PROGRAMS)

function installPackages(programs) {
  const missing = Object.keys(programs).filter((program) => !isThere(program))
  if (missing.length === 0) return undefined
  const lacking = `not installed: ${missing.join(', ')}`
  if (process.getuid?.() !== 0 || !isThere('apt-get')) return lacking
  const hadDaemon = isThere('dockerd')
  const hadPolicy = existsSync(POLICY)
  if (!hadPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const packages = [...new Set(missing.map((program) => programs[program]))]
    const install = ['install', '--yes', '--no-install-recommends', ...packages]
    if (!apt(install) && !(apt(['update']) && apt(install)))
      return `${lacking}, and apt-get could not mend it`
    if (!hadDaemon && isThere('systemctl'))
      run('systemctl', ['disable', 'docker.service', 'docker.socket', 'containerd.service'])
  } finally {
    if (!hadPolicy) rmSync(POLICY)
  }
  return undefined
}

const run = (command, args) =>
  spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0

const apt = (args) =>
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0

const isThere = (program) =>
  (process.env.PATH ?? '').split(':').some((folder) => existsSync(`${folder}/${program}`))
