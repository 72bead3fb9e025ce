import { hostDaemon } from '../../../src/machine/host.ts'
import { SHELL } from '../../../src/machine/namespace-machine.ts'
import { pathsFrom } from '../../../src/base/paths.ts'
import { createSandboxDriver } from '../../../src/drivers/sandbox/sandbox.ts'
import { openTerminals } from '../../../src/terminals/client.ts'

/** `screen-program <state> <socket> <keeper's argv…>`: opens a shell in node0 of the lab, says so, and stays. */
const [, , state = '', socketPath = '', ...keeper] = process.argv
const paths = pathsFrom({ XDG_STATE_HOME: state })
const running = await createSandboxDriver({ paths, programs: [], node: '', env: {} }).find('lab')
const node0 = running?.machines[0]
if (!node0) throw new Error('there is no node0')
const terminals = openTerminals({ socketPath, startKeeper: () => hostDaemon(keeper) })
await terminals.open('node0', node0.terminalCommand(SHELL), { columns: 80, rows: 24 })
process.stdout.write('open\n')
