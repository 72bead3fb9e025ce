import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import type { KubeClient } from '../../../../src/kube/client.ts'
import type { CustomResourceDefinition, KubeObject } from '../../../../src/kube/objects.ts'
import { CUSTOM_RESOURCE_DEFINITIONS, type ResourceType } from '../../../../src/kube/resources.ts'

const GOLDEN = join(import.meta.dirname, '../../../golden/calico')

/** Files with definitions: Calico's, and one that has a bit of everything. */
export const CALICO = join(import.meta.dirname, 'calico-crds.yaml')
export const CRONTABS_FILE = join(import.meta.dirname, 'crontabs.yaml')

export interface CronTab extends KubeObject {
  spec: Record<string, unknown>
  status?: Record<string, unknown>
}

export const CRONTABS: ResourceType<CronTab> = {
  group: 'stable.example.com',
  version: 'v1',
  plural: 'crontabs',
  kind: 'CronTab',
  namespaced: true,
}

/** A good cron tab; `spec` is added to what it must have. */
export function cronTab(name: string, spec: Record<string, unknown> = {}): CronTab {
  const metadata = { name, namespace: 'default' }
  return {
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata,
    spec: { cronSpec: '* * * * *', ...spec },
  }
}

export function definitionsIn(file: string): CustomResourceDefinition[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as CustomResourceDefinition)
}

export async function install(client: KubeClient, file: string): Promise<void> {
  for (const crd of definitionsIn(file)) await client.create(CUSTOM_RESOURCE_DEFINITIONS, crd)
}

export function goldenText(name: string): string {
  return readFileSync(join(GOLDEN, name), 'utf8')
}

/** Objects that a real API server had stored for Calico. */
export function goldenObjects(name: string): KubeObject[] {
  return (parse(goldenText(name)) as { items: KubeObject[] }).items
}
