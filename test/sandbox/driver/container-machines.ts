import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathsFrom } from '../../../src/base/paths.ts'
import { until } from '../../../src/base/until.ts'
import { createSandboxDriver } from '../../../src/drivers/sandbox/sandbox.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { BEGIN } from '../../../src/machine/places.ts'
import { topologyNamed } from './topology.ts'

/** `container-machines <state>`: a lab whose machines run containers, from its start to its end, and what was seen, as one line of JSON. */
export interface Seen {
  /** What a kubelet's work in a machine's control groups comes to. */
  readonly divided: string
  /** The same when another machine has done so already, and after the machine was made anew. */
  readonly beside: string
  readonly again: string
  /** The lab's control groups on this host: while it runs, after its holder was killed, and after another one was taken down. */
  readonly groups: readonly string[]
  readonly groupsOfKilled: readonly string[]
  readonly groupsAfter: readonly string[]
}

/** As a kubelet does: groups in groups, which have all that the machine has, and a process in the innermost. */
const DIVIDE = `#!/bin/sh
exec >/run/seen.part 2>&1
sleep 1000 &
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then roots=/sys/fs/cgroup; else roots=$(echo /sys/fs/cgroup/*); fi
for root in $roots; do
  ls $root | grep -c -e node -e knet
  mkdir -p $root/pods/one
  for group in $root/pods $root/pods/one; do
    if [ -e $group/cgroup.controllers ]; then
      cmp $root/cgroup.controllers $group/cgroup.controllers
      [ $group = $root/pods ] && for name in $(cat $group/cgroup.controllers); do echo +$name >$group/cgroup.subtree_control; done
    elif [ -e $group/cpuset.cpus ]; then
      cat $root/cpuset.cpus >$group/cpuset.cpus
      cat $root/cpuset.mems >$group/cpuset.mems
    fi
  done
  echo $! >$root/pods/one/cgroup.procs
done
# Of the other version they are this host's.
case $roots in *' '*) others='^0:' ;; *) others='^[^0]' ;; esac
grep -v $others /proc/$!/cgroup | cut -d: -f3 | sort -u
mv /run/seen.part /run/seen
`

async function divide(machine: Machine): Promise<string> {
  const script = `cat >/run/divide; chmod 755 /run/divide; echo /run/divide >${BEGIN}`
  await machine.exec(['sh', '-c', script], { stdin: DIVIDE })
  return await until(
    async () => {
      const { exitCode, stdout } = await machine.exec(['cat', '/run/seen'])
      return exitCode === 0 && stdout.trim()
    },
    { what: `${machine.name} to divide its control groups`, deadlineMs: 30_000 },
  )
}

/** In every hierarchy, and below it. */
function groups(): string[] {
  const root = '/sys/fs/cgroup'
  const isUnified = existsSync(join(root, 'cgroup.controllers'))
  const roots = isUnified ? [root] : readdirSync(root).map((name) => join(root, name))
  return roots.flatMap((folder) => {
    const labs = readdirSync(folder).filter((name) => name.startsWith('knet-labs.containers.'))
    return labs.flatMap((lab) =>
      readdirSync(join(folder, lab), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${folder.slice(root.length)}/${name}`),
    )
  })
}

const [, , state = ''] = process.argv
const paths = pathsFrom({ XDG_STATE_HOME: state })
const driver = createSandboxDriver({ paths, programs: [], node: process.execPath, env: {} })
const topology = topologyNamed('containers')
const options = { containers: true, storage: ['/var/lib/mine'] }
const running = await driver.up(topology, options)
try {
  const [node0, node1] = running.machines as [Machine, Machine]
  const divided = await divide(node0)
  const beside = await divide(node1)
  await running.rebuild('node0')
  const again = await divide(node0)
  const there = groups()
  const holder = readFileSync(join(paths.run(topology.name), 'holder.json'), 'utf8')
  process.kill((JSON.parse(holder) as { pid: number }).pid, 'SIGKILL')
  await until(async () => !(await driver.find(topology.name)), { what: 'its end', deadlineMs: 10_000 })
  const groupsOfKilled = groups()
  await driver.up(topology, options)
  await driver.down(topology.name)
  const seen: Seen = { divided, beside, again, groups: there, groupsOfKilled, groupsAfter: groups() }
  process.stdout.write(`${JSON.stringify(seen)}\n`)
} finally {
  await driver.down(topology.name)
}
