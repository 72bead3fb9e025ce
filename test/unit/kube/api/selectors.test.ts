import { expect, test } from 'vitest'
import { parseSelectors } from '../../../../src/kube/api/store/selector.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'

const found = createRegistry().find(({ plural }) => plural === 'pods')
if (!found) throw new Error('no pods')
const pods = found

const POD = {
  metadata: {
    name: 'web',
    namespace: 'default',
    labels: { app: 'web', tier: 'front', size: '5', empty: '' },
  },
  spec: { nodeName: 'node0' },
  status: { phase: 'Running' },
} as KubeObject

test.each([
  ['app=web', true],
  ['app==web,tier=front', true],
  ['app=web,tier=back', false],
  ['app!=api', true],
  ['nope!=api', true],
  ['app in (api, web)', true],
  ['app notin (api,web)', false],
  ['nope notin (api)', true],
  ['tier', true],
  ['!tier', false],
  ['!nope', true],
  ['empty=', true],
  ['app=', false],
  ['size>4', true],
  ['size<4', false],
  ['nope>4', false],
  [' app = web , tier ', true],
])('Labels: %s', (labelSelector, expected) => {
  expect(parseSelectors(pods, { labelSelector })?.(POD)).toBe(expected)
})

test.each([
  ['metadata.name=web', true],
  ['metadata.namespace!=default', false],
  ['spec.nodeName=node0,status.phase!=Failed', true],
  ['spec.nodeName==node1', false],
  ['spec.nodeName=', false],
])('Fields: %s', (fieldSelector, expected) => {
  expect(parseSelectors(pods, { fieldSelector })?.(POD)).toBe(expected)
})

test.each([
  [{ labelSelector: 'a===b' }, "unable to parse requirement: found '=', expected: identifier"],
  [{ labelSelector: 'a in b' }, "unable to parse requirement: found 'b', expected: '('"],
  [
    { labelSelector: 'a b' },
    "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
  ],
  [{ labelSelector: 'a,' }, "unable to parse requirement: found '', expected: identifier after ','"],
  [{ labelSelector: 'a in (b' }, "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  [{ fieldSelector: 'spec.nope=x' }, 'field label not supported: spec.nope'],
  [{ fieldSelector: 'spec.nodeName' }, "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"],
])('%o is refused.', (selectors, message) => {
  expect(() => parseSelectors(pods, selectors)).toThrow(message)
})

test('Nothing to select by selects everything.', () => {
  expect(parseSelectors(pods, {})).toBeUndefined()
})

test.each(['constructor', 'toString', 'constructor in (x)'])(
  '%s selects by own labels only.',
  (labelSelector) => {
    expect(parseSelectors(pods, { labelSelector })?.(POD)).toBe(false)
  },
)
