/** A line in the control plane's log, which is its standard error. */
export function log(level: 'info' | 'warn' | 'error', what: string, text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${level} ${what}: ${text}\n`)
}
