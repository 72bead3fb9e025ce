/** A word as a POSIX shell reads it back unchanged. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command as one would type it. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quoted).join(' ')
}
