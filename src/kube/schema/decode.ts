import type { TypeSchema } from './schema.ts'

export function checkFields(_type: TypeSchema, _object: unknown): { unknown: string[]; typeError?: string } {
  return { unknown: [] }
}
