import { basename, join } from 'node:path'
import { EXIT, LabError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Check } from './check-schema.ts'
import { inCourseOrder } from './course.ts'
import { readLabFile } from './files.ts'
import { labIds } from './lab-ids.ts'
import type { Lab, Step } from './lab.ts'
import { splitStepText } from './markdown.ts'
import { formatProblem, type Problem, sortProblems } from './problem.ts'
import { ruleProblems } from './rules.ts'
import { schemaProblems } from './schema-problems.ts'
import { labSchema, type LabSource, type StepSource } from './schema.ts'
import { actionsOf } from './step-actions.ts'
import { type Path, readYaml, type YamlSource } from './source.ts'
import { parseTemplate } from './template.ts'
import { topologyOf } from './topology.ts'

export type LabEntry = { readonly id: string; readonly dir: string } & (
  | { readonly lab: Lab }
  | { readonly problems: readonly Problem[] }
)

/** Reads the lab in a folder. @throws LabError KNET_LAB_INVALID that lists every mistake as file:line:column. */
export function loadLab(dir: string): Lab {
  const { lab, problems } = read(dir)
  if (lab && problems.length === 0) return lab
  throw new LabError('KNET_LAB_INVALID', {
    message: `The lab in ${dir} has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map(formatProblem).join('\n')}`,
    exitCode: EXIT.usage,
  })
}

/** Every mistake in a lab's folder; empty when it can be used. */
export function lintLab(dir: string): Problem[] {
  return read(dir).problems
}

/** A lab that may be broken: then it comes with its mistakes, and does not hide others. */
export function loadEntry(labsDir: string, id: string): LabEntry {
  const dir = join(labsDir, id)
  const { lab, problems } = read(dir)
  return lab && problems.length === 0 ? { id, dir, lab } : { id, dir, problems }
}

/** All labs of a folder, in the order in which to learn them. */
export const loadLabs = (labsDir: string): LabEntry[] =>
  inCourseOrder(labIds(labsDir).map((id) => loadEntry(labsDir, id)))

/** Loads a lab by id. @throws LabError KNET_UNKNOWN_LAB that suggests the nearest, KNET_LAB_INVALID as loadLab. */
export function findLab(labsDir: string, id: string): Lab {
  const ids = labIds(labsDir)
  if (ids.includes(id)) return loadLab(join(labsDir, id))
  const guess = nearest(id, ids)
  throw new LabError('KNET_UNKNOWN_LAB', {
    message: `There is no lab called "${id}". Labs: ${ids.join(', ')}.`,
    ...(guess === undefined ? {} : { hint: `Did you mean ${guess}?` }),
    exitCode: EXIT.usage,
  })
}

interface Reading {
  readonly lab: Lab | undefined
  readonly problems: Problem[]
}

function read(dir: string): Reading {
  const file = join(dir, 'lab.yaml')
  const content = readLabFile(dir, 'lab.yaml')
  if ('problem' in content)
    return { lab: undefined, problems: [{ file, line: 1, column: 1, message: content.problem }] }
  const source = readYaml(file, content.text)
  if (source.problems.length) return { lab: undefined, problems: sortProblems(source.problems) }
  const parsed = labSchema.safeParse(source.value)
  if (!parsed.success) {
    return { lab: undefined, problems: sortProblems(schemaProblems(source, labSchema, parsed.error.issues)) }
  }
  const problems = ruleProblems(source, parsed.data, basename(dir))
  const steps = parsed.data.steps.map((step, index) => readStep(dir, source, step, index, problems))
  const manifests = readManifests(dir, source, parsed.data, problems)
  return { lab: assemble(parsed.data, steps, manifests), problems: sortProblems(problems) }
}

function assemble(source: LabSource, steps: Step[], manifests: Map<string, string>): Lab {
  const { cluster } = source.topology
  return { ...source, steps, manifests, cluster, topology: topologyOf(source.topology) }
}

function readStep(
  dir: string,
  source: YamlSource,
  step: StepSource,
  index: number,
  problems: Problem[],
): Step {
  const content = readLabFile(dir, step.text)
  const markdown = 'text' in content ? content.text : ''
  if ('problem' in content) problems.push(source.problem(['steps', index, 'text'], content.problem))
  else problems.push(...textProblems(join(dir, step.text), markdown))
  const { text, explain, deeper } = splitStepText(markdown)
  return {
    ...step,
    text,
    explain: explain ?? '',
    deeper,
    checks: step.checks as unknown as Check[],
    run: step.run ?? [],
    alternatives: step.alternatives ?? [],
  }
}

function textProblems(file: string, markdown: string): Problem[] {
  const at = (offset: number) => {
    const before = markdown.slice(0, offset).split('\n')
    return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
  const found = parseTemplate(markdown).problems.map(({ offset, message }) => ({ ...at(offset), message }))
  const { text, explain } = splitStepText(markdown)
  if (!text) found.push({ ...at(0), message: 'the text is empty' })
  if (!explain) found.push({ ...at(markdown.length), message: 'there is no "## Explained" section' })
  return found
}

/** The files that the lab and its actions name, read now so that nothing is read from a lab's folder later. */
function readManifests(
  dir: string,
  source: YamlSource,
  lab: LabSource,
  problems: Problem[],
): Map<string, string> {
  const manifests = new Map<string, string>()
  const readInto = (name: string, path: Path) => {
    const content = readLabFile(dir, name)
    if ('text' in content) manifests.set(name, content.text)
    else problems.push(source.problem(path, content.problem))
  }
  lab.files?.forEach((name, index) => readInto(name, ['files', index]))
  for (const [n, step] of lab.steps.entries()) {
    for (const { path, action } of actionsOf(step)) {
      const key = action.apply === undefined ? 'delete' : 'apply'
      const name = action[key]
      if (name !== undefined) readInto(name, ['steps', n, ...path, key])
    }
  }
  return manifests
}
