import type { Check } from '../lab/check-schema.ts'
import type { Lab, Step } from '../lab/lab.ts'
import { quoted } from '../machine/quote.ts'

/**
 * A step as the later one needs it that is to begin: of answers and captures only the files, right or wrong, which is
 * quickly seen, and nothing that a step between the two has ended.
 */
export function leftoversFor(lab: Lab, begun: Step, step: Step): Step {
  const ended = new Set(lab.steps.slice(0, lab.steps.indexOf(begun)).map(({ id }) => id))
  const checks = step.checks.filter(({ until }) => until === undefined || !ended.has(until))
  return { ...step, checks: checks.map(lookedAtQuickly) }
}

function lookedAtQuickly(check: Check): Check {
  if (check.kind !== 'answer' && check.kind !== 'pcap') return check
  return {
    kind: 'command',
    id: check.id,
    on: check.on,
    run: `test -s ${quoted(check.file)}`,
    level: check.level,
  }
}
