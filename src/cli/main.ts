/**
 * Programs that this same file runs as beside a lab, or while it is built. Nothing is loaded before it is known what this
 * run is.
 */
async function runInnerProgram(name: string | undefined, argv: readonly string[]): Promise<boolean> {
  if (name === '__compile-labs') {
    const { compileLabs } = await import('./compose.ts')
    await compileLabs()
    return true
  }
  if (name === '__docker-terminal') {
    const { runDockerTerminal } = await import('./compose.ts')
    process.exit(await runDockerTerminal(argv))
  }
  if (name === '__terminals') {
    const { runKeeper } = await import('../terminals/keeper.ts')
    await runKeeper(argv[0] ?? '')
    process.exit(0)
  }
  return false
}

const [name, ...rest] = process.argv.slice(2)
if (!(await runInnerProgram(name, rest))) {
  // A reader that goes away (`| head`) is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const { runCommandLine } = await import('./command-line.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2))
}
