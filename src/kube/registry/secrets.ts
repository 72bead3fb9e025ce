import type { Secret } from '../objects.ts'
import { SECRETS } from '../resources.ts'
import { AGE, NAME, text } from './columns.ts'
import { validateDataKeys, validateImmutableData, validateSize } from './data.ts'
import { define } from './define.ts'
import { invalid, required } from './field-error.ts'

/** Keys that a secret of a well-known type must hold. */
const REQUIRED_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
])

/** stringData is for writing only: it goes into data, where its keys win. */
function withDefaults({ stringData, ...secret }: Secret): Secret {
  const encoded = Object.entries(stringData ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ])
  const data = encoded.length ? { ...secret.data, ...Object.fromEntries(encoded) } : secret.data
  return { ...secret, ...(data && { data }), type: secret.type ?? 'Opaque' }
}

export const secrets = define<Secret>(SECRETS, {
  singular: 'secret',
  columns: [
    NAME,
    text('Type', 'What the secret is for.', (secret) => secret.type ?? ''),
    text('Data', 'How many keys it holds.', (secret) => Object.keys(secret.data ?? {}).length),
    AGE,
  ],
  prepareForCreate: withDefaults,
  prepareForUpdate: withDefaults,
  validate: ({ type, data }) => [
    ...validateDataKeys(data, 'data'),
    ...validateSize([data], 'data'),
    ...(REQUIRED_KEYS.get(type ?? '') ?? [])
      .filter((key) => data?.[key] === undefined)
      .map((key) => required(`data[${key}]`)),
  ],
  validateUpdate: (secret, current) => [
    ...(secret.type === current.type ? [] : [invalid('type', secret.type, 'field is immutable')]),
    ...validateImmutableData(secret, current, ['data']),
  ],
  selectableFields: (secret) => ({ type: secret.type ?? '' }),
})
