/** A heading with lines in braces. */
export function block(heading: string, lines: readonly string[]): string {
  return [`${heading} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}
