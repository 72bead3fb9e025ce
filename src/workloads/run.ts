import { EXIT } from '../base/errors.ts'

/** A workload's own code: resolves when it ends, with its exit code if that is not 0. */
type Program = (argv: string[], env: NodeJS.ProcessEnv) => Promise<number | void>

const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  agnhost: async () => (await import('./agnhost.ts')).runAgnhost,
  coredns: async () => (await import('./coredns.ts')).runCoredns,
}

/** Runs the workload of that name until it ends. @returns its exit code */
export async function runWorkload(name: string, argv: string[]): Promise<number> {
  const load = PROGRAMS[name]
  if (!load) {
    process.stderr.write(`knet-labs: there is no workload ${name}\n`)
    return EXIT.usage
  }
  return (await (await load())(argv, process.env)) ?? EXIT.ok
}
