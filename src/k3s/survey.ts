import type { Machine } from '../machine/machine.ts'
import { WITH_SYSTEMD } from './service.ts'
import { PREPARE } from './unit.ts'
import { trouble } from './trouble.ts'

/** What a machine is like, before anything of k3s is set up in it. */
export interface Survey {
  /** As k3s itself says it: "v1.21.2+k3s1". */
  readonly version: string
  /** Whether processes may be made less likely to be killed for want of memory (CAP_SYS_RESOURCE). */
  readonly oom: boolean
  readonly groups: 'v1' | 'v2'
  /** Whether units of systemd run here. */
  readonly systemd: boolean
  /** Whether k3s was set up here before: a machine that was stopped, and is up again. */
  readonly isSetUp: boolean
  /** Units of a k3s that somebody else has set up, by k3s' own installer say. */
  readonly others: readonly string[]
}

const SCRIPT = `${WITH_SYSTEMD}
echo "version $("$1" --version | sed -n 's/^k3s version \\([^ ]*\\).*/\\1/p')"
(echo -998 >/proc/self/oom_score_adj) 2>/dev/null && echo oom
[ -e /sys/fs/cgroup/cgroup.controllers ] && echo v2
[ -e /sbin/init ] && with_systemd && echo systemd
if [ -e ${PREPARE} ]; then
  [ -e /etc/rancher/k3s/config.yaml ] && echo setup
else
  for unit in /etc/systemd/system/k3s*.service /etc/init.d/k3s*; do [ -e $unit ] && echo "other $unit"; done
fi
exit 0
`

/** @param binary k3s, in the machine. @throws LabError KNET_K3S when it does not run there. */
export async function surveyOf(machine: Machine, binary: string, signal: AbortSignal): Promise<Survey> {
  const { stdout, stderr } = await machine.exec(['/bin/sh', '-c', SCRIPT, 'sh', binary], { signal })
  const said = new Set(stdout.trim().split('\n'))
  const version = /^version (v\S+)$/m.exec(stdout)?.[1]
  if (version === undefined) {
    throw trouble(
      `${binary} does not run on ${machine.name}: ${stderr.trim() || 'it does not say its version'}`,
    )
  }
  return {
    version,
    oom: said.has('oom'),
    groups: said.has('v2') ? 'v2' : 'v1',
    systemd: said.has('systemd'),
    isSetUp: said.has('setup'),
    others: [...said].flatMap((line) => /^other (.+)$/.exec(line)?.[1] ?? []),
  }
}
