import { EXIT, LabError } from '../base/errors.ts'
import type { Paths } from '../base/paths.ts'
import type { Driver } from '../machine/driver.ts'
import type { Elsewhere } from './elsewhere.ts'
import { askInside, bringProgressBack, runningInside } from './inside.ts'
import { labsElsewhere, readRecord, removeRecord } from './record.ts'

/**
 * A place as a driver: it tells of labs there and ends them. They are begun and used by the knet-labs there alone, to which
 * commands are passed on before a driver is asked.
 */
export function elsewhereDriver(there: Elsewhere, paths: Paths): Driver {
  const waiting = { say: () => {}, signal: new AbortController().signal }
  // One after the other: the last one out turns the place off.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work)
    last = turn
    return turn
  }
  const isHere = (lab: string) => readRecord(paths, lab)?.place === there.name
  return {
    name: there.name,
    probe: (how = 'doctor') => there.probe(how),
    up: (topology) => Promise.reject(inThere(topology.name)),
    find: (lab) => (isHere(lab) ? Promise.reject(inThere(lab)) : Promise.resolve(undefined)),
    down: (lab) =>
      inTurn(async () => {
        if (!isHere(lab)) return false
        if (await there.isUp()) {
          await bringProgressBack(there, paths, lab)
          await askInside(there, ['stop', lab, '--json'])
        }
        removeRecord(paths, lab)
        if (labsElsewhere(paths, there.name).length === 0) await there.stop(waiting)
        return true
      }),
    async list() {
      const labs = labsElsewhere(paths, there.name)
      if (labs.length === 0 || !(await there.isUp())) return []
      const running = await runningInside(there)
      return labs.filter((lab) => running.includes(lab))
    },
  }

  function inThere(lab: string): LabError {
    return new LabError('KNET_ELSEWHERE', {
      message: `The lab ${lab} runs in ${there.noun}, where it has its screen and prompt.`,
      hint: `knet-labs resume ${lab}`,
      exitCode: EXIT.couldNotLook,
    })
  }
}
