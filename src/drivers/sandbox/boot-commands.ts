import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from '../../machine/quote.ts'
import type { Topology } from '../../machine/topology.ts'
import type { IdPlan } from './id-map.ts'
import { holderCommand } from './start-holder.ts'

/** What brings a lab's machines up, as it is run, a line each: the holder's command, and the files that it reads. */
export function bootCommands(run: string, topology: Topology, ids: IdPlan): string[] {
  const cables = topology.machines.flatMap(({ name, router }) => [
    `${name}.batch`,
    `${name}.cable`,
    ...(router ? [`${name}.sh`] : []),
  ])
  const files = ['root.sh', 'holder.sh', 'underlay.batch', 'machine.sh', ...cables]
  return [commandLine(holderCommand(run, ids)), ...files.flatMap((file) => linesOf(run, file))]
}

function linesOf(run: string, file: string): string[] {
  const runBy = file.endsWith('.sh') ? 'sh' : 'ip -batch'
  const lines = readFileSync(join(run, 'boot', file), 'utf8')
    .trimEnd()
    .split('\n')
  return ['', `# ${runBy} ${file}`, ...lines]
}
