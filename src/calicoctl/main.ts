import { readFileSync } from 'node:fs'
import { connect, connectionTrouble, findAccess } from './connection.ts'
import { run } from './run.ts'

// Who reads by way of head has had enough before all is said.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

// A bundle of its own: the program `calicoctl` of machines that have no other.
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  isRoot: process.getuid?.() === 0,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
  stdin: () => readFileSync(0, 'utf8'),
  connect: ({ config, context }) => {
    const access = findAccess(config, process.env, context)
    return { client: connect(access), trouble: (thrown, path) => connectionTrouble(thrown, access, path) }
  },
})
