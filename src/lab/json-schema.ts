import * as z from 'zod/mini'
import { labSchema } from './schema.ts'

/** The text of labs/lab.schema.json: what editors use to complete and check a lab.yaml. */
export function labJsonSchema(): string {
  const schema = { title: 'A lab of knet-labs', ...z.toJSONSchema(labSchema, { reused: 'ref' }) }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
