import { describe, expect, test } from 'vitest'
import { hasFormat } from '../../../../src/kube/custom/formats.ts'
import { parseJsonPath } from '../../../../src/kube/custom/json-path.ts'
import type { JsonSchema } from '../../../../src/kube/custom/json-schema.ts'
import { schemaErrors } from '../../../../src/kube/custom/schema-rules.ts'
import { valueErrors } from '../../../../src/kube/custom/value-errors.ts'
import type { FieldError } from '../../../../src/kube/registry/definition.ts'

const texts = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`)
const STRING: JsonSchema = { type: 'string' }
const NUMBERS: JsonSchema = { type: 'integer', minimum: 1, maximum: 9, exclusiveMaximum: true, multipleOf: 2 }

describe('a value', () => {
  test.each<[string, JsonSchema, unknown, string[]]>([
    [
      'of another type',
      STRING,
      5,
      ['spec.x: Invalid value: "integer": spec.x in body must be of type string: "integer"'],
    ],
    ['null', STRING, null, ['spec.x: Invalid value: "null": spec.x in body must be of type string: "null"']],
    ['null where it may be', { ...STRING, nullable: true }, null, []],
    ['whole, for a number', { type: 'number' }, 5, []],
    [
      'in part, for an integer',
      { type: 'integer' },
      5.5,
      ['spec.x: Invalid value: "number": spec.x in body must be of type integer: "number"'],
    ],
    ['either of two', { 'x-kubernetes-int-or-string': true }, 'http', []],
    [
      'neither of two',
      { 'x-kubernetes-int-or-string': true },
      true,
      ['spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"'],
    ],
    [
      'too short',
      { ...STRING, minLength: 3 },
      'ab',
      ['spec.x: Invalid value: "ab": spec.x in body should be at least 3 chars long'],
    ],
    ['too long', { ...STRING, maxLength: 1 }, 'ab', ['spec.x: Too long: may not be more than 1 bytes']],
    [
      'not of its pattern',
      { ...STRING, pattern: '^[a-z]+$' },
      'A',
      ['spec.x: Invalid value: "A": spec.x in body should match \'^[a-z]+$\''],
    ],
    ['of a pattern with flags in it', { ...STRING, pattern: '^(?i)(always|never)?$' }, 'Always', []],
    [
      'not of its format',
      { ...STRING, format: 'ipv4' },
      '1.2.3',
      ['spec.x: Invalid value: "1.2.3": spec.x in body must be of type ipv4: "1.2.3"'],
    ],
    ['of a format that nobody checks', { ...STRING, format: 'odd' }, '?', []],
    [
      'too small',
      NUMBERS,
      0,
      ['spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1'],
    ],
    ['too great', NUMBERS, 10, ['spec.x: Invalid value: 10: spec.x in body should be less than 9']],
    ['no multiple', NUMBERS, 3, ['spec.x: Invalid value: 3: spec.x in body should be a multiple of 2']],
    [
      'none of those allowed',
      { ...STRING, enum: ['b', 'a'] },
      'c',
      ['spec.x: Unsupported value: "c": supported values: "b", "a"'],
    ],
    [
      'with too many items',
      { type: 'array', maxItems: 1 },
      [1, 2],
      ['spec.x: Too many: 2: must have at most 1 item'],
    ],
    [
      'with too few items',
      { type: 'array', minItems: 1 },
      [],
      ['spec.x: Invalid value: 0: spec.x in body should have at least 1 items'],
    ],
    [
      'with a bad item',
      { type: 'array', items: STRING },
      ['a', 1],
      ['spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"'],
    ],
    [
      'with a bad entry',
      { type: 'object', additionalProperties: STRING },
      { a: 1 },
      ['spec.x.a: Invalid value: "integer": spec.x.a in body must be of type string: "integer"'],
    ],
    ['without a field', { type: 'object', required: ['a'] }, {}, ['spec.x.a: Required value']],
    [
      'without any field',
      { type: 'object', minProperties: 1 },
      {},
      ['spec.x: Invalid value: 0: spec.x in body should have at least 1 properties'],
    ],
    [
      'of no alternative',
      { anyOf: [{ minimum: 5 }, { maximum: 1 }] },
      3,
      [
        '<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
        'spec.x: Invalid value: 3: spec.x in body should be greater than or equal to 5',
      ],
    ],
    [
      'of two alternatives',
      { oneOf: [{ minimum: 1 }, { minimum: 2 }] },
      3,
      [
        '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    ],
    [
      'that must not be',
      { not: { enum: [3] } },
      3,
      ['<nil>: Invalid value: "": "spec.x" must not validate the schema (not)'],
    ],
  ])('%s', (_what, schema, value, expected) => {
    expect(texts(valueErrors(schema, value, 'spec.x'))).toEqual(expected)
  })

  test.each([
    ['cidr', '10.0.0.0/8', '10.0.0.0/33'],
    ['ipv6', '::1', '1.1.1.1'],
    ['mac', 'ee:ee:ee:ee:ee:ee', 'ee:ee'],
    ['date-time', '2026-11-21T10:00:00Z', '2026-21-11T10:00:00Z'],
    ['date', '2026-11-21', '21.11.2026'],
    ['duration', '15m0s', 'soon'],
    ['uuid', '6ca20610-df47-4086-9b82-1096253bb996', '6ca20610'],
    ['byte', 'aGVsbG8=', '*'],
    ['hostname', 'node0.example.com', '-node'],
    ['uri', 'https://example.com', 'example'],
    ['email', 'a@example.com', 'a'],
  ])('of the format %s', (format, good, bad) => {
    expect([hasFormat(format, good), hasFormat(format, bad)]).toEqual([true, false])
  })
})

describe('a schema', () => {
  const root = (properties: Record<string, JsonSchema>, more: JsonSchema = {}) =>
    texts(schemaErrors({ type: 'object', properties, ...more }, 'schema'))

  test.each<[string, Record<string, JsonSchema>, string[]]>([
    ['that is good', { spec: { type: 'object', additionalProperties: STRING } }, []],
    [
      'without a type',
      { a: {} },
      ['schema.properties[a].type: Required value: must not be empty for specified object fields'],
    ],
    [
      'without items',
      { a: { type: 'array' } },
      ['schema.properties[a].items: Required value: must be specified'],
    ],
    [
      'with a type in an alternative',
      { a: { type: 'object', anyOf: [{ type: 'string' }] } },
      ['schema.properties[a].anyOf[0].type: Forbidden: must be empty to be structural'],
    ],
    [
      'with the alternative that is allowed',
      { a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] } },
      [],
    ],
    [
      'with an alternative for nothing',
      { a: { type: 'object', allOf: [{ properties: { b: {} } }] } },
      [
        'schema.properties[a].properties[b]: Required value: because it is defined in schema.properties[a].allOf[0].properties[b]',
      ],
    ],
    [
      'that narrows metadata',
      { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      [
        'schema.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
    [
      'with a default of the wrong type',
      { a: { type: 'integer', default: 'x' } },
      ['schema.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"'],
    ],
    [
      'with a default for metadata',
      { kind: { ...STRING, default: 'X' } },
      ['schema.properties[kind].default: Forbidden: must not be set in top-level kind'],
    ],
    [
      'with a bad pattern',
      { a: { ...STRING, pattern: '(' } },
      ['schema.properties[a].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t'],
    ],
    [
      'with an unknown type',
      { a: { type: 'text' } },
      [
        'schema.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
      ],
    ],
    [
      'with both kinds of fields',
      { a: { type: 'object', properties: { b: STRING }, additionalProperties: STRING } },
      [
        'schema.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
      ],
    ],
    [
      'with a map of items without keys',
      { a: { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } } },
      [
        'schema.properties[a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
      ],
    ],
    [
      'with keys that may be absent',
      {
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['b'],
          items: { type: 'object', properties: { b: STRING } },
        },
      },
      [
        'schema.properties[a].items.properties[b].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
      ],
    ],
    [
      'with a set of objects',
      { a: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } } },
      [
        'schema.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
      ],
    ],
  ])('%s', (_what, properties, expected) => {
    expect(root(properties)).toEqual(expected)
  })

  test('has an object at its root.', () => {
    expect(texts(schemaErrors({ type: 'string', nullable: true }, 'schema'))).toEqual([
      'schema.nullable: Forbidden: nullable cannot be true at the root',
      'schema.type: Invalid value: "string": must be object at the root',
    ])
  })
})

describe('a path', () => {
  const object = {
    metadata: { labels: { 'a.b/c': 'x' } },
    spec: {
      list: [
        { n: 1, on: true },
        { n: 2, name: 'two' },
      ],
    },
  }
  test.each([
    ['.', [object]],
    ['.spec.list[0].n', [1]],
    ['.spec.list[-1].n', [2]],
    ['.spec.list[*].n', [1, 2]],
    [".metadata.labels['a.b/c']", ['x']],
    ['.metadata.labels.a\\.b/c', ['x']],
    ['.spec.list[?(@.name=="two")].n', [2]],
    ['.spec.list[?(@.n>1)].name', ['two']],
    ['.spec.list[?(@.n<=1)].n', [1]],
    ['.spec.list[?(@.on==true)].n', [1]],
    ['.spec.list[?(@.n!=1)].n', [2]],
    ['.spec.list[?(@.name)].n', [2]],
    ['..name', ['two']],
    ['.spec.nothing.here', []],
    ['.spec.list.n', []],
  ])('%s finds %j', (path, found) => {
    expect(parseJsonPath(path)?.(object)).toEqual(found)
  })

  test.each(['spec', '.spec[', '.spec[?(n)]'])('%s is none.', (path) => {
    expect(parseJsonPath(path)).toBeUndefined()
  })
})
