import { runControlPlane } from '../cluster/control-plane.ts'
import { insideMachines } from '../drivers/sandbox/inside.ts'

// The control plane program, run inside the sandbox: a bundle of its own, without the command line.
await runControlPlane(process.argv[2] ?? '', insideMachines)
