import { createWriteStream } from 'node:fs'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Paths } from '../base/paths.ts'
import type { Machine } from '../machine/machine.ts'
import { serviceFunctions } from './service.ts'
import { trouble } from './trouble.ts'

const SERVER = '/var/lib/rancher/k3s/server'

/**
 * Copies the datastore while k3s is halted: what is on disk at one instant is what SQLite finds after a crash, and is whole. A
 * tenth of a second, in which nobody notices.
 */
const TAKE = `${serviceFunctions(true)}
set -e
cd ${SERVER}
rm -rf db.ready
pids=$(k3s_pids)
trap 'kill -CONT $pids' EXIT
kill -STOP $pids
cp -a db db.ready
rm -f db.ready/*-shm
`

/** Keeps what the cluster is like now, to go back to. */
export async function takeSnapshot(server: Machine): Promise<void> {
  const { exitCode, stderr } = await server.exec(['/bin/sh', '-c', TAKE])
  if (exitCode !== 0) throw trouble(`The datastore of k3s can't be copied: ${stderr.trim()}`)
}

/** Whether there is one to go back to. */
export async function hasSnapshot(server: Machine): Promise<boolean> {
  return (await server.exec(['test', '-d', `${SERVER}/db.ready`])).exitCode === 0
}

/** Puts the datastore back; k3s must not run. */
export const PUT_BACK = `cd ${SERVER} && rm -rf db && cp -a db.ready db`

const backupFile = (paths: Paths, lab: string) => join(paths.run(lab), 'k3s-server.tar')

/** Brings what makes a server that server, its snapshot and its keys, to this host: for the day its machine is made anew. */
export async function backUp(server: Machine, paths: Paths, lab: string): Promise<void> {
  const parts = 'db.ready tls cred token node-token agent-token'
  const tar = server.spawn([
    '/bin/sh',
    '-c',
    `cd ${SERVER} && exec tar --create $(ls -d ${parts} 2>/dev/null)`,
  ])
  tar.stdin.end()
  tar.stderr.resume()
  const file = backupFile(paths, lab)
  await pipeline(tar.stdout, createWriteStream(`${file}.new`, { mode: 0o600 }))
  if ((await tar.exited) !== 0) throw trouble('The server of k3s can’t be backed up.')
  await rename(`${file}.new`, file)
}

/** Makes a machine without k3s the server that was backed up, before k3s is set up there. */
export async function bringBack(server: Machine, paths: Paths, lab: string): Promise<void> {
  const script = `umask 077; mkdir -p ${SERVER} && cd ${SERVER} && tar --extract && cp -a db.ready db`
  const stdin = await readFile(backupFile(paths, lab))
  const { exitCode, stderr } = await server.exec(['/bin/sh', '-c', script], { stdin })
  if (exitCode !== 0) throw trouble(`The server of k3s can't be brought back: ${stderr.trim()}`)
}
