import { lstatSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../base/alive.ts'
import { messageOf } from '../base/errors.ts'
import { labsWithRun } from '../base/lab-folders.ts'
import type { App } from './compose.ts'

/** Of this user's on this computer, in the folder of temporary files; then the pid of who proves there. */
const prefix = (): string => `knet-test-${process.getuid?.() ?? 0}-`

/** A state folder for the proof of a lab, so that a learner's running lab and progress stay as they are. */
export const makeProofFolder = (): Promise<string> => mkdtemp(join(tmpdir(), `${prefix()}${process.pid}-`))

/** An app whose labs are those of a state folder. */
export async function appIn(app: App, state: string): Promise<App> {
  const { composeApp } = await import('./compose.ts')
  return composeApp({ ...app, env: { ...app.env, XDG_STATE_HOME: state } })
}

/** Ends what proofs have left that were killed: their labs run on in a folder that nobody else looks into. What can't be ended is told. */
export async function endAbandonedProofs(app: App): Promise<void> {
  for (const folder of abandoned()) {
    try {
      const apart = await appIn(app, folder)
      for (const lab of labsWithRun(apart.paths)) await (await apart.driverOf(lab)).down(lab)
      await rm(folder, { recursive: true, force: true })
    } catch (thrown) {
      app.output.notice(`A test that was killed left ${folder}, which can't be ended: ${messageOf(thrown)}`)
    }
  }
}

function abandoned(): string[] {
  return readdirSync(tmpdir()).flatMap((name) => {
    const folder = join(tmpdir(), name)
    const pid = Number(name.startsWith(prefix()) ? name.slice(prefix().length).split('-')[0] : NaN)
    return Number.isInteger(pid) && !isAlive(pid) && isOurs(folder) ? [folder] : []
  })
}

/** Anybody may make folders there. */
function isOurs(folder: string): boolean {
  const there = lstatSync(folder, { throwIfNoEntry: false })
  return there !== undefined && there.isDirectory() && there.uid === (process.getuid?.() ?? 0)
}
