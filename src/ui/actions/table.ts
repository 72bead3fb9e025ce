import type { Controller } from '../controller.ts'
import type { ActionId } from '../keys.ts'
import { appActions } from './app.ts'
import { labActions } from './labs.ts'
import { lessonActions } from './lesson.ts'
import { networkActions } from './network.ts'
import { packetActions } from './packets.ts'
import { terminalActions } from './terminals.ts'

/** What every action of keys.ts does. */
export type Actions = Readonly<Record<ActionId, () => unknown>>

export function actionTable(controller: Controller): Actions {
  return {
    ...appActions(controller),
    ...labActions(controller),
    ...lessonActions(controller),
    ...terminalActions(controller),
    ...networkActions(controller),
    ...packetActions(controller),
  }
}
