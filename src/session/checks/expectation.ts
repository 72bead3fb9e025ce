import type * as z from 'zod/mini'
import type { expectationShape } from '../../lab/check-schema.ts'
import { same } from './answer.ts'

export type Expectation = { [K in keyof typeof expectationShape]?: z.infer<(typeof expectationShape)[K]> }

/** Why a value is not as expected, or undefined. A value is a text; bounds read it as a number. */
export function unmet(value: string, expectation: Expectation): string | undefined {
  const { equals, matches, atLeast, atMost } = expectation
  if (equals !== undefined && !same(value, equals)) return `is ${shown(value)}, not ${String(equals)}`
  if (matches !== undefined && !new RegExp(matches, 'm').test(value)) {
    return `is ${shown(value)}, which does not match ${matches}`
  }
  if (atLeast !== undefined && !(Number(value) >= atLeast)) return `is ${shown(value)}, less than ${atLeast}`
  if (atMost !== undefined && !(Number(value) <= atMost)) return `is ${shown(value)}, more than ${atMost}`
  return undefined
}

const shown = (value: string) => (value === '' ? 'empty' : value)

export const hasExpectation = ({ equals, matches, atLeast, atMost }: Expectation) =>
  [equals, matches, atLeast, atMost].some((part) => part !== undefined)
