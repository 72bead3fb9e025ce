import * as z from 'zod/mini'
import { checkSchema } from './check-schema.ts'
import { id, topologySchema } from './topology-schema.ts'

const text = z.string().check(z.minLength(1))

/** One thing done: exactly one of run, kubectl, apply and delete. */
const actionSchema = z.strictObject({
  on: z.optional(text),
  run: z.optional(text),
  kubectl: z.optional(text),
  apply: z.optional(text),
  delete: z.optional(text),
})

const suggestionSchema = z.strictObject({
  on: z.optional(text),
  run: z.optional(text),
  kubectl: z.optional(text),
})

const stepSchema = z.strictObject({
  id,
  title: text,
  text,
  run: z.optional(z.array(suggestionSchema)),
  checks: z.array(checkSchema).check(z.minLength(1)),
  hints: z.tuple([text, text, text]),
  solve: z.array(actionSchema).check(z.minLength(1)),
  undo: z.array(actionSchema).check(z.minLength(1)),
  alternatives: z.optional(
    z.array(
      z.strictObject({
        name: text,
        do: z.array(actionSchema).check(z.minLength(1)),
        undo: z.optional(z.array(actionSchema)),
      }),
    ),
  ),
})

/** The format of lab.yaml. */
export const labSchema = z.strictObject({
  id,
  title: text,
  /** The lab to do before, if any. */
  after: z.optional(id),
  minutes: z.number().check(z.int(), z.positive()),
  summary: text,
  learn: z.array(text).check(z.minLength(1)),
  topology: topologySchema,
  /** Files that the learner finds in /root of each machine, beside the manifests that steps apply. */
  files: z.optional(z.array(text)),
  steps: z.array(stepSchema).check(z.minLength(1)),
})

export type LabSource = z.infer<typeof labSchema>
export type StepSource = LabSource['steps'][number]
export type Action = z.infer<typeof actionSchema>
export type Suggestion = z.infer<typeof suggestionSchema>
