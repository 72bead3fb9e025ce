import { matchesSelector } from '../controllers/labels.ts'
import type { LabelSelector, PodTemplateSpec } from '../objects.ts'
import { text, wide } from './columns.ts'
import type { Column, FieldError } from './definition.ts'
import { forbidden, invalid, notSupported, required } from './field-error.ts'
import { selectorText, validateSelector } from './label-selector.ts'
import { validateAnnotations, validateLabels } from './labels.ts'
import { defaultPodSpec } from './pod/defaults.ts'
import { validatePodSpec } from './pod/validate.ts'

interface Workload {
  readonly spec?: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec }
}

/** A pod template with the defaults of its pods. */
export function defaultTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec {
  return { ...template, spec: defaultPodSpec(template?.spec) }
}

/** The columns that show what a workload makes pods of, with -o wide. */
export function templateColumns<T extends Workload>(): Column<T>[] {
  const each = (pick: 'name' | 'image') => (workload: T) =>
    (workload.spec?.template?.spec?.containers ?? []).map((container) => container[pick] ?? '').join(',')
  return [
    wide(text('Containers', 'Names of the containers in the template.', each('name'))),
    wide(text('Images', 'Images of the containers in the template.', each('image'))),
    wide(text('Selector', 'Labels of its pods.', (workload) => selectorText(workload.spec?.selector))),
  ]
}

/** Rules of the selector and template of a controller that keeps its pods running. `kind` as upstream calls it. */
export function validateTemplate({ spec }: Workload, kind: string): FieldError[] {
  const { selector, template } = spec ?? {}
  const at = 'spec.template'
  const labels = template?.metadata?.labels
  const errors = selector ? validateSelector(selector, 'spec.selector') : [required('spec.selector')]
  if (
    selector &&
    !selector.matchExpressions?.length &&
    Object.keys(selector.matchLabels ?? {}).length === 0
  ) {
    errors.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`))
  }
  if (!matchesSelector(selector, labels)) {
    errors.push(
      invalid(`${at}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`'),
    )
  }
  return [
    ...errors,
    ...validateLabels(labels, `${at}.labels`),
    ...validateAnnotations(template?.metadata?.annotations, `${at}.annotations`),
    ...validateLongRunning(template, `${at}.spec`),
  ]
}

function validateLongRunning(template: PodTemplateSpec | undefined, at: string): FieldError[] {
  const spec = template?.spec ?? { containers: [] }
  const policy = spec.restartPolicy
  return [
    ...validatePodSpec(spec, at),
    ...(policy === 'Always' ? [] : [notSupported(`${at}.restartPolicy`, policy, ['Always'])]),
    ...(spec.activeDeadlineSeconds === undefined
      ? []
      : [forbidden(`${at}.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported')]),
  ]
}

/** Rules of numbers that count things, by field of spec. */
export function validateCounts(counts: Readonly<Record<string, number | undefined>>): FieldError[] {
  return Object.entries(counts).flatMap(([field, count]) =>
    count !== undefined && count < 0
      ? [invalid(`spec.${field}`, count, 'must be greater than or equal to 0')]
      : [],
  )
}
