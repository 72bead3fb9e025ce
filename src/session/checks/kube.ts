import { LabError } from '../../base/errors.ts'
import { nearest } from '../../base/nearest.ts'
import type { KubeObject } from '../../kube/objects.ts'
import type { Params } from '../../lab/check-schema.ts'
import { RESOURCE_TYPES, resourceType } from '../resource-types.ts'
import type { World } from '../world.ts'
import type { Answer } from './answer.ts'
import { hasExpectation, unmet } from './expectation.ts'
import { valuesAt } from './values-at.ts'

/** @throws LabError KNET_UNKNOWN_RESOURCE for what is near a kind that there always is: no cluster will ever have it. */
function unknown(resource: string): Answer {
  const plurals = RESOURCE_TYPES.map((type) => type.plural)
  const guess = nearest(resource, plurals)
  if (guess === undefined)
    return { ok: false, seen: 'no such kind', why: `This cluster knows no ${resource} yet.` }
  throw new LabError('KNET_UNKNOWN_RESOURCE', {
    message: `No check can read "${resource}" (did you mean "${guess}"?).`,
  })
}

/** Looks at one object by name, or at all that a selector chooses. */
export async function kubeCheck(check: Params<'kube'>, world: World): Promise<Answer> {
  const type = await resourceType(world, check.resource)
  if (!type) return unknown(check.resource)
  const namespace = type.namespaced ? (check.namespace ?? 'default') : undefined
  if (check.name !== undefined) {
    const object = await world.kube.get(type, { namespace, name: check.name })
    const name = `${type.kind} ${check.name}`
    return object ? judge(check, name, [object]) : { ok: false, seen: 'nothing', why: `There is no ${name}.` }
  }
  const { items } = await world.kube.list(type, {
    ...(namespace !== undefined && { namespace }),
    ...(check.selector !== undefined && { labelSelector: check.selector }),
  })
  return judge(check, check.selector ? `${type.plural} with ${check.selector}` : type.plural, items)
}

function judge(check: Params<'kube'>, name: string, objects: readonly KubeObject[]): Answer {
  const values =
    check.path === undefined
      ? names(objects)
      : objects.flatMap((object) => valuesAt(object, check.path ?? ''))
  const seen = values.join(', ') || 'nothing'
  const subject = check.path === undefined ? name : `${check.path} of ${name}`
  const count = check.count && unmet(String(values.length), check.count)
  if (count) return { ok: false, seen, why: `The number of ${subject} ${count} (${seen}).` }
  if (check.count?.equals === 0) return { ok: true, seen, why: `There are ${subject}: ${seen}.` }
  if (values.length === 0) return { ok: false, seen, why: `There is no ${subject}.` }
  const wrong = hasExpectation(check) ? values.map((value) => unmet(value, check)).find(Boolean) : undefined
  return wrong
    ? { ok: false, seen, why: `${subject} ${wrong}.` }
    : { ok: true, seen, why: `${subject} is ${seen}.` }
}

const names = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata?.name ?? '')
