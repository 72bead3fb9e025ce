import type { ConfigMap } from '../objects.ts'
import { CONFIG_MAPS } from '../resources.ts'
import { AGE, NAME, text } from './columns.ts'
import { validateDataKeys, validateImmutableData, validateSize } from './data.ts'
import { define } from './define.ts'
import { invalid } from './field-error.ts'

export const configMaps = define<ConfigMap>(CONFIG_MAPS, {
  singular: 'configmap',
  shortNames: ['cm'],
  columns: [
    NAME,
    text(
      'Data',
      'How many keys it holds.',
      ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    ),
    AGE,
  ],
  validate: ({ data, binaryData }) => [
    ...validateDataKeys(data, 'data'),
    ...Object.keys(data ?? {})
      .filter((key) => binaryData?.[key] !== undefined)
      .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...validateDataKeys(binaryData, 'binaryData'),
    ...validateSize([data, binaryData], ''),
  ],
  validateUpdate: (map, current) => validateImmutableData(map, current, ['data', 'binaryData']),
})
