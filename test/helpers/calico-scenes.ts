import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { applyChanges, type FelixState, NOTHING } from './felix-state.ts'

/** The folder's README says what is there, and how it came about. */
export const SCENES_FOLDER = resolve(import.meta.dirname, '../golden/calico/upstream')
/** What all other scenes are played in: namespaces and pods, without policy. */
export const STAGE = '00-stage'
/** Nodes whose rules are recorded. */
export const SCENE_NODES = ['node1', 'node2'] as const
export type SceneNode = (typeof SCENE_NODES)[number]

/** Those of one cluster, by name, but for the stage. */
export const SCENES: readonly string[] = readdirSync(SCENES_FOLDER)
  .filter((file) => file.endsWith('.yaml') && file !== `${STAGE}.yaml`)
  .map((file) => file.replace('.yaml', ''))
  .sort()

/** The objects of a scene, as YAML. */
export function sceneObjects(scene: string): string {
  return readFileSync(resolve(SCENES_FOLDER, `${scene}.yaml`), 'utf8')
}

export function sceneFile(scene: string, node: SceneNode): string {
  return resolve(SCENES_FOLDER, `${scene}.${node}.txt`)
}

/** What a real Calico made of a scene on a node. */
export function recordedScene(scene: string, node: SceneNode): FelixState {
  const stage = applyChanges(NOTHING, readFileSync(sceneFile(STAGE, node), 'utf8'))
  const file = sceneFile(scene, node)
  return scene === STAGE || !existsSync(file) ? stage : applyChanges(stage, readFileSync(file, 'utf8'))
}
