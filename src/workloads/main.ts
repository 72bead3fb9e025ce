import { runWorkload } from './run.ts'

// A bundle of its own, which pods run: a workload must not wait for all the rest of knet-labs to load.
const [name = '', ...argv] = process.argv.slice(2)
process.exitCode = await runWorkload(name, argv)
