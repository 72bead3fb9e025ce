import type { KubeObject } from '../objects.ts'
import type { FieldError } from './definition.ts'
import { forbidden, invalid, required } from './field-error.ts'
import { validateAnnotations, validateLabels } from './labels.ts'
import type { NameRule } from './names.ts'

/** Rules of metadata that hold for every kind, as apimachinery's ValidateObjectMeta. */
export function validateMetadata(object: KubeObject, namespaced: boolean, nameRule: NameRule): FieldError[] {
  const { name, generateName, namespace, labels, annotations } = object.metadata ?? {}
  const errors: FieldError[] = []
  if (generateName) {
    const fault = nameRule(generateName.replace(/-$/, 'a'))
    if (fault) errors.push(invalid('metadata.generateName', generateName, fault))
  }
  if (!name) {
    errors.push(required('metadata.name', 'name or generateName is required'))
  } else {
    const fault = nameRule(name)
    if (fault) errors.push(invalid('metadata.name', name, fault))
  }
  if (namespaced && !namespace) errors.push(required('metadata.namespace'))
  if (!namespaced && namespace) errors.push(forbidden('metadata.namespace', 'not allowed on this type'))
  errors.push(...validateLabels(labels, 'metadata.labels'))
  errors.push(...validateAnnotations(annotations, 'metadata.annotations'))
  return errors
}
