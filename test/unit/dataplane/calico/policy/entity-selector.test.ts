import { expect, test } from 'vitest'
import { entitySelectors } from '../../../../../src/dataplane/calico/policy/entity-selector.ts'
import type { EntityRule } from '../../../../../src/dataplane/calico/policy/kinds.ts'
import { readSelector } from '../../../../../src/dataplane/calico/selector.ts'

/** What upstream's updateprocessors make of a side of a rule in a namespace, or of a global one. */
test.each<[EntityRule, string | undefined, string | undefined]>([
  [{}, 'shop', undefined],
  [{ nets: ['10.0.0.0/8'], ports: [80] }, 'shop', undefined],
  [{ selector: 'has(foo)' }, undefined, 'has(foo)'],
  [{ selector: 'has(foo)' }, 'shop', "(projectcalico.org/namespace == 'shop') && (has(foo))"],
  [{ namespaceSelector: "key == 'v'" }, 'shop', 'pcns.key == "v"'],
  [
    { namespaceSelector: "key == 'v'", selector: "app == 'web'" },
    'shop',
    `(pcns.key == "v") && (app == 'web')`,
  ],
  [
    { namespaceSelector: 'all()', selector: 'has(b)' },
    undefined,
    '(has(projectcalico.org/namespace)) && (has(b))',
  ],
  [
    { namespaceSelector: 'global()', selector: 'has(b)' },
    undefined,
    '(!has(projectcalico.org/namespace)) && (has(b))',
  ],
  [
    { namespaceSelector: "!has(key) || (has(key) && !key in {'v'})" },
    undefined,
    '(!has(pcns.key) || (has(pcns.key) && !pcns.key in {"v"}))',
  ],
  [
    { serviceAccounts: { names: ['sa1', 'sa2'], selector: "key == 'v'" } },
    'shop',
    `(projectcalico.org/namespace == 'shop') && ((pcsa.key == "v") && (projectcalico.org/serviceaccount in {"sa1", "sa2"}))`,
  ],
  [
    {
      namespaceSelector: "ns == 'n'",
      serviceAccounts: { names: ['sa3'], selector: "key == 'v'" },
      selector: 'has(a)',
    },
    undefined,
    '(pcns.ns == "n") && (((pcsa.key == "v") && (projectcalico.org/serviceaccount in {"sa3"})) && (has(a)))',
  ],
  [{ serviceAccounts: {} }, undefined, undefined],
  [{ selector: 'has(a)', notSelector: 'has(b)' }, undefined, '(has(a)) && (!(has(b)))'],
  [{ notSelector: 'has(b)' }, 'shop', "(projectcalico.org/namespace == 'shop') && (!(has(b)))"],
])('%j in %s selects %s', (entity, namespace, expected) => {
  const { positive, negative } = entitySelectors(entity, namespace)
  expect(positive?.id).toBe(expected === undefined ? undefined : readSelector(expected).id)
  expect(negative).toBeUndefined()
})

test('What is not selected is a set of its own when nothing is selected: it may be an address that nobody has.', () => {
  const { positive, negative } = entitySelectors({ notSelector: 'has(b)' }, undefined)
  expect(positive).toBeUndefined()
  expect(negative?.text).toBe('has(b)')
})
