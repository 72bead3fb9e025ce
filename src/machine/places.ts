import { parse } from 'node:path'

/**
 * Where things are inside the sandbox, the same in the holder and in every node, whatever the host's layout: a Node
 * binary that lives in somebody's home can't be reached from there by its own path.
 */

/** The Node binary that runs this program. */
export const NODE_BINARY = '/opt/knet/bin/node'

/** Programs of ours that run inside: each is one file, which `NODE_BINARY` runs. */
export const PROGRAMS = '/opt/knet'

/** Where a program is inside, given its file on the host: .mjs, as no package.json is near it. */
export const programInside = (file: string): string => `${PROGRAMS}/${parse(file).name}.mjs`

/** The program that is a pod's own: its arguments are the workload's name and that one's arguments. */
export const WORKLOADS = `${PROGRAMS}/workloads.mjs`

/**
 * Only in the holder: a file for each machine that is ready, holding the pid of its init as the holder's pid namespace
 * numbers it, and a newline. It is written anew when the machine is rebuilt, and emptied while that is going on.
 */
export const MACHINES = '/run/knet/machines'

/** Of a machine that runs containers and has no systemd: a pipe that takes the path of a program, a line, which the machine's init then has started. */
export const BEGIN = '/run/knet/begin'

/** What commands find their programs by, inside. First what knet-labs puts there to make tools work without real root. */
export const PATH_INSIDE = '/opt/knet/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
