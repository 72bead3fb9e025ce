/** A step's Markdown file, cut at its two marked headings. */
export interface StepText {
  readonly text: string
  readonly explain: string | undefined
  readonly deeper: string | undefined
}

const EXPLAINED = /^## Explained[ \t]*$/m
const DEEPER = /^## Go deeper[ \t]*$/m

/** The task comes first, `## Explained` is shown once it is done, `## Go deeper` is for the curious. */
export function splitStepText(markdown: string): StepText {
  const [task = '', ...rest] = markdown.split(EXPLAINED)
  const [explain, deeper] = rest.length ? rest.join('').split(DEEPER) : [undefined, undefined]
  return { text: task.trim(), explain: explain?.trim(), deeper: deeper?.trim() }
}
