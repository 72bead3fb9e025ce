import * as z from 'zod/mini'
import { checkSchema } from './check-schema.ts'

const text = z.string().check(z.minLength(1))
/** Ids name folders, files and arguments of commands. */
const id = z.string().check(z.regex(/^[a-z][a-z0-9-]*$/))

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

/** Networks that a lab's cluster can start with; `none` is no cluster, only machines. */
export const CLUSTERS = ['none', 'flannel-vxlan', 'flannel-host-gw', 'calico-ipip', 'no-network'] as const

/** The format of lab.yaml. */
export const labSchema = z.strictObject({
  id,
  title: text,
  minutes: z.number().check(z.int(), z.positive()),
  summary: text,
  learn: z.array(text).check(z.minLength(1)),
  topology: z.strictObject({
    subnet: z.string().check(z.regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/)),
    gateway: z.string().check(z.regex(/^\d+\.\d+\.\d+\.\d+$/)),
    machines: z.record(id, z.string().check(z.regex(/^\d+\.\d+\.\d+\.\d+$/))),
    cluster: z.enum(CLUSTERS),
  }),
  steps: z.array(stepSchema).check(z.minLength(1)),
})

export type LabSource = z.infer<typeof labSchema>
export type StepSource = LabSource['steps'][number]
export type Action = z.infer<typeof actionSchema>
export type Suggestion = z.infer<typeof suggestionSchema>
