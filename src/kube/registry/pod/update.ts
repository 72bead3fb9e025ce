import type { Container, Pod, PodSpec, Toleration } from '../../objects.ts'
import type { FieldError } from '../definition.ts'
import { forbidden, invalid } from '../field-error.ts'
import { sameValue } from '../same-value.ts'

const MAY_CHANGE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

function withoutImages(containers: readonly Container[] | undefined): unknown {
  return containers?.map((container) => ({ ...container, image: undefined }))
}

/** What of a running pod's spec stays as it is. */
function fixed(spec: PodSpec | undefined): unknown {
  const { activeDeadlineSeconds: _, tolerations: __, ...rest } = spec ?? { containers: [] }
  return {
    ...rest,
    containers: withoutImages(rest.containers),
    initContainers: withoutImages(rest.initContainers),
  }
}

/** tolerationSeconds may be changed; nothing may be taken away. */
function keepsTolerations(after: readonly Toleration[], before: readonly Toleration[]): boolean {
  const timeless = (toleration: Toleration) => ({ ...toleration, tolerationSeconds: undefined })
  return before.every((old) => after.some((one) => sameValue(timeless(one), timeless(old))))
}

/** What may not change in a pod that exists, as upstream's ValidatePodUpdate. */
export function validatePodUpdate(pod: Pod, current: Pod): FieldError[] {
  const { spec } = pod
  if (spec === current.spec) return []
  if ((spec?.containers.length ?? 0) !== (current.spec?.containers.length ?? 0)) {
    return [forbidden('spec.containers', 'pod updates may not add or remove containers')]
  }
  const deadline = spec?.activeDeadlineSeconds
  const before = current.spec?.activeDeadlineSeconds
  if (before !== undefined && (deadline === undefined || deadline > before)) {
    const why =
      deadline === undefined
        ? 'must not update from a positive integer to nil value'
        : `must be less than or equal to previous value`
    return [invalid('spec.activeDeadlineSeconds', deadline ?? null, why)]
  }
  if (!keepsTolerations(spec?.tolerations ?? [], current.spec?.tolerations ?? [])) {
    const why = 'existing toleration can not be modified except its tolerationSeconds'
    return [forbidden('spec.tolerations', why)]
  }
  return sameValue(fixed(spec), fixed(current.spec)) ? [] : [forbidden('spec', MAY_CHANGE)]
}
