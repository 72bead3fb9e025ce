import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Kernel ticks of /proc are hundredths of a second on every Linux. */
const TICK_S = 0.01

/** Fields of /proc/PID/stat after the name in parentheses: parent, and seconds of CPU with those of children that ended. */
function statOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
  const [own, ended] = [Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14])]
  return { parent: Number(fields[1]), own: own * TICK_S, ended: ended * TICK_S }
}

/** Pids of a process and of everything below it. */
function treeOf(root) {
  const children = new Map()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = unlessGone(() => statOf(pid).parent)
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(pid)])
  }
  const below = (pid) => [pid, ...(children.get(pid) ?? []).flatMap(below)]
  return below(root)
}

function unlessGone(look) {
  try {
    return look()
  } catch {
    return undefined
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + (number ?? 0), 0)

/** Seconds of CPU, user and system, that a process and everything ever below it have used. */
export function cpuOf(root) {
  return sum(treeOf(root).map((pid) => unlessGone(() => statOf(pid).own + statOf(pid).ended)))
}

/** Seconds of CPU, user and system, of one process alone. */
export function cpuOfOne(pid) {
  return statOf(pid).own
}

/** Resident memory of one process in MB. */
export function residentOf(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
}

/** Pid of the process that has these words in its command line, one after the other. */
export function pidOf(...words) {
  const line = words.join('\0')
  const has = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(line)
  return Number(readdirSync('/proc').find((name) => /^\d+$/.test(name) && unlessGone(() => has(name))))
}

/** Seconds of CPU of this process's children that have ended. */
export function cpuOfEndedChildren() {
  return statOf(process.pid).ended
}

/** Proportional set size of a process and everything below it, in MB. */
export function memoryOf(root) {
  const pss = (pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
  return sum(treeOf(root).map((pid) => unlessGone(() => pss(pid)))) / 1024
}

/** Where control groups count CPU, older layout first: the file that says how much, and how to read seconds from it. */
const CONTROL_GROUPS = [
  { root: '/sys/fs/cgroup/cpuacct', file: 'cpuacct.usage', read: (text) => Number(text) / 1e9 },
  {
    root: '/sys/fs/cgroup',
    file: 'cpu.stat',
    read: (text) => Number(/^usage_usec (\d+)/m.exec(text)[1]) / 1e6,
  },
]

/**
 * Counts the CPU of this process and of all that it starts from now on, exactly: /proc has hundredths of a second, of each
 * process, and loses most of what a pod's many short ones take. Undefined where one may not make control groups.
 */
export function cpuMeter() {
  for (const { root, file, read } of CONTROL_GROUPS) {
    const group = join(root, `knet-bench-${process.pid}`)
    try {
      mkdirSync(group)
      writeFileSync(join(group, 'cgroup.procs'), String(process.pid))
      const seconds = () => read(readFileSync(join(group, file), 'utf8'))
      seconds()
      return { seconds, end: () => leave(root, group) }
    } catch {
      unlessGone(() => rmdirSync(group))
    }
  }
  return undefined
}

function leave(root, group) {
  writeFileSync(join(root, 'cgroup.procs'), String(process.pid))
  unlessGone(() => rmdirSync(group))
}
