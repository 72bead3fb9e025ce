import type { Check, Diagnosis } from './check-schema.ts'
import { kubectlProblem } from './kubectl-words.ts'
import type { Problem } from './problem.ts'
import { didYouMean } from './schema-problems.ts'
import type { Action, LabSource, StepSource } from './schema.ts'
import { actionsOf } from './step-actions.ts'
import type { Path, YamlSource } from './source.ts'
import { parseTemplate } from './template.ts'
import { checkTopology } from './topology-rules.ts'

type Report = (path: Path, message: string) => void

/** Fields of checks that are regular expressions. */
const PATTERNS = new Set(['matches', 'rule', 'match', 'body', 'stdout', 'seen'])

/** What a schema can't say: names that must exist, commands that must be harmless, templates that must parse. */
export function ruleProblems(source: YamlSource, lab: LabSource, folder: string): Problem[] {
  const problems: Problem[] = []
  const report: Report = (path, message) => problems.push(source.problem(path, message))
  if (lab.id !== folder) report(['id'], `id is "${lab.id}", but the folder is called "${folder}"`)
  checkTemplates(lab, [], report)
  checkTopology(lab.topology, (path, message) => report(['topology', ...path], message))
  const machines = Object.keys({ ...lab.topology.machines, ...lab.topology.routers })
  const seen = new Set<string>()
  lab.steps.forEach((step, index) => {
    if (seen.has(step.id)) report(['steps', index, 'id'], `there is a step "${step.id}" already`)
    seen.add(step.id)
    checkStep(step, ['steps', index], machines, report)
    checkEnds(step, lab.steps.slice(index + 1), ['steps', index], report)
  })
  return problems
}

function checkStep(step: StepSource, path: Path, machines: string[], report: Report): void {
  const checks = step.checks as unknown as Check[]
  if (!checks.some((check) => check.level !== 'nice')) {
    report([...path, 'checks'], `step "${step.id}" has no check of level must`)
  }
  const ids = new Set<string>()
  checks.forEach((check, index) => {
    const at = [...path, 'checks', index]
    if (check.id !== undefined && ids.has(check.id))
      report([...at, 'id'], `there is a check "${check.id}" already`)
    ids.add(check.id ?? '')
    check.diagnose?.forEach((diagnosis, n) => checkDiagnosis(diagnosis, [...at, 'diagnose', n], report))
  })
  checkPlaces(step, path, machines, report)
  for (const { path: at, action } of actionsOf(step)) checkAction(action, [...path, ...at], report)
  step.run?.forEach((suggestion, index) => checkWays(suggestion, [...path, 'run', index], report))
}

/** What no longer holds from some step on: that step comes later. */
function checkEnds(step: StepSource, later: readonly StepSource[], path: Path, report: Report): void {
  const ids = later.map(({ id }) => id)
  const checks = step.checks as unknown as Check[]
  checks.forEach(({ until }, index) => {
    if (until === undefined || ids.includes(until)) return
    report([...path, 'checks', index, 'until'], `there is no later step "${until}"${didYouMean(until, ids)}`)
  })
}

function checkDiagnosis(diagnosis: Diagnosis, path: Path, report: Report): void {
  if ((diagnosis.when === undefined) === (diagnosis.seen === undefined)) {
    report(path, 'a diagnosis has either when: or seen:')
  }
}

/** An action does one thing; `run` needs a place, the others go to the cluster. */
function checkWays(action: Action, path: Path, report: Report): void {
  const ways = (['run', 'kubectl', 'apply', 'delete'] as const).filter((way) => action[way] !== undefined)
  if (ways.length !== 1) report(path, 'give exactly one of run:, kubectl:, apply:, delete:')
  if ((action.run !== undefined) !== (action.on !== undefined)) {
    report(
      path,
      action.on === undefined ? 'run: needs on:, the machine or pod it runs in' : 'on: belongs to run:',
    )
  }
}

/** What a lab does by itself must be harmless; what it suggests, the learner decides. */
function checkAction(action: Action, path: Path, report: Report): void {
  checkWays(action, path, report)
  const refusal = action.kubectl === undefined ? undefined : kubectlProblem(action.kubectl)
  if (refusal) report([...path, 'kubectl'], refusal)
}

/** Every `on` names a machine of the topology, a pod, or is a template that will. Patterns must compile. */
function checkPlaces(value: unknown, path: Path, machines: string[], report: Report): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key]
    if (typeof child !== 'string') checkPlaces(child, at, machines, report)
    else if (key === 'on' && !child.includes('{{') && !/^pod\/[^[\]]+\[[^\]]+\]$/.test(child)) {
      if (!machines.includes(child)) {
        report(at, `there is no machine "${child}"${didYouMean(child, machines)}; a pod is pod/<app>[0]`)
      }
    } else if (PATTERNS.has(key)) checkPattern(child, at, report)
  }
}

function checkPattern(pattern: string, path: Path, report: Report): void {
  try {
    RegExp(pattern.replaceAll(/\{\{.*?\}\}/g, 'x'), 'm')
  } catch (error) {
    report(path, (error as Error).message)
  }
}

function checkTemplates(value: unknown, path: Path, report: Report): void {
  if (typeof value === 'string') {
    for (const problem of parseTemplate(value).problems) report(path, problem.message)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      checkTemplates(child, [...path, Array.isArray(value) ? Number(key) : key], report)
    }
  }
}
