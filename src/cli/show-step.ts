import type { CheckReport, StepReport } from '../session/check-step.ts'
import type { HintView } from '../session/session.ts'
import type { StepView } from '../session/view.ts'
import { renderMarkdown } from './markdown.ts'
import type { Output } from './output.ts'

/** A step as lines: title, text, and the commands it suggests, numbered so that the prompt can run them. */
export function showStep(output: Output, step: StepView): void {
  const done = step.done ? '  (done)' : ''
  output.line(output.style('bold', `${step.number}/${step.total} ${step.title}${done}`))
  output.line()
  output.line(renderMarkdown(output, step.text))
  if (step.run.length === 0) return
  output.line()
  output.line(output.style('dim', 'Try:'))
  step.run.forEach(({ on, command }, index) => {
    const place = on ? output.style('dim', ` (on ${on})`) : ''
    output.line(`  ${index + 1}  ${output.style('cyan', command)}${place}`)
  })
}

const MARKS = { passed: ['green', '✓'], failed: ['red', '✗'], unknown: ['yellow', '?'] } as const

function showCheck(output: Output, check: CheckReport): void {
  const [color, mark] = MARKS[check.outcome]
  const nice = check.level === 'nice' ? output.style('dim', ' (nice to have)') : ''
  output.line(`${output.style(color, mark)} ${check.message}${nice}`)
  if (check.diagnosis) output.line(`  ${output.style('yellow', check.diagnosis)}`)
}

export function showReport(output: Output, report: StepReport): void {
  for (const check of report.checks) showCheck(output, check)
}

/** What passing meant, and what to do next. */
export function showPassed(output: Output, step: StepView): void {
  if (step.explain) {
    output.line()
    output.line(renderMarkdown(output, step.explain))
  }
  if (step.deeper) {
    output.line()
    output.line(output.style('bold', 'Go deeper'))
    output.line(renderMarkdown(output, step.deeper))
  }
}

export function showHint(output: Output, hint: HintView): void {
  output.line(renderMarkdown(output, `**Hint ${hint.number} of ${hint.total}:** ${hint.text}`))
}
