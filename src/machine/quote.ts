/** A word as a POSIX shell reads it back unchanged. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A command as one would type it. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quoted).join(' ')
}

/** A command that begins in a folder; where one is entered, nsenter can do that only since util-linux 2.38. */
export function inFolder(argv: readonly string[], cwd: string | undefined): readonly string[] {
  return cwd === undefined ? argv : ['/bin/sh', '-c', 'cd "$0" && exec "$@"', cwd, ...argv]
}
