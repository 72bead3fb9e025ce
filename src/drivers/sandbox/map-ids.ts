import { existsSync, readFileSync } from 'node:fs'
import { chown, readdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { hostExec } from '../../machine/host.ts'
import { formatIdMap, planIds, type IdPlan, type IdRange } from './id-map.ts'

/** How ids will be mapped for who runs this. */
export function idPlanHere(): IdPlan {
  const { uid, gid, user } = caller()
  const text = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  return planIds({
    uid,
    gid,
    user,
    uidMap: text('/proc/self/uid_map'),
    subuid: text('/etc/subuid'),
    subgid: text('/etc/subgid'),
    hasNewuidmap: ['/usr/bin', '/bin'].some((bin) => existsSync(`${bin}/newuidmap`)),
  })
}

/** Maps the ids of a process' user namespace, from outside it. Where newuidmap fails, the caller's own id must do. */
export async function mapIds(pid: number, plan: IdPlan): Promise<void> {
  if (plan.by === 'none') return
  const proc = `/proc/${pid}`
  if (plan.by === 'root') {
    const map = formatIdMap(plan.ranges)
    await Promise.all([writeFile(`${proc}/uid_map`, map), writeFile(`${proc}/gid_map`, map)])
    return
  }
  if (plan.by === 'newuidmap') {
    const words = (ranges: readonly IdRange[]) =>
      ranges.flatMap((range) => [range.inside, range.outside, range.count]).map(String)
    const results = await Promise.all([
      hostExec(['newuidmap', String(pid), ...words(plan.uids)]),
      hostExec(['newgidmap', String(pid), ...words(plan.gids)]),
    ])
    if (results.every((result) => result.exitCode === 0)) return
    if (results.some((result) => result.exitCode === 0)) {
      throw new Error(`newuidmap or newgidmap failed: ${results.map((r) => r.stderr).join(' ')}`)
    }
  }
  const { uid, gid } = plan.by === 'caller' ? plan : caller()
  await writeFile(`${proc}/setgroups`, 'deny')
  await Promise.all([writeFile(`${proc}/uid_map`, `0 ${uid} 1`), writeFile(`${proc}/gid_map`, `0 ${gid} 1`)])
}

/** Gives a folder and all in it to who is root inside, where that isn't the caller. */
export async function giveInside(folder: string, plan: IdPlan): Promise<void> {
  if (plan.by !== 'root') return
  const owner = plan.ranges[0].outside
  const inside = await readdir(folder, { recursive: true })
  await Promise.all(['.', ...inside].map((path) => chown(join(folder, path), owner, owner)))
}

function caller(): { uid: number; gid: number; user: string } {
  try {
    const { uid, gid, username } = userInfo()
    return { uid, gid, user: username }
  } catch {
    // An id that /etc/passwd doesn't know.
    return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, user: '' }
  }
}
