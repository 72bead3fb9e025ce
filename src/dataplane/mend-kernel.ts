import type { Machine } from '../machine/machine.ts'

/** Built-in chains, by table. */
const TABLES = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** iptables-restore's text for tables as the kernel has them when nobody wrote any; for printf. */
const EMPTY_TABLES = Object.entries(TABLES)
  .map(
    ([table, chains]) =>
      `*${table}\\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\\n`).join('')}COMMIT\\n`,
  )
  .join('')

const BUILT_IN = [...new Set(Object.values(TABLES).flat())].join('|')

/**
 * In built-in chains only jumps to the cluster's own chains belong, and the policy ACCEPT. Anything else is a learner's, and
 * emptying the tables is simpler and surer than taking rules out one by one: their programs write theirs again.
 */
const SCRIPT = `
for key in ipv4/ip_forward bridge/bridge-nf-call-iptables; do
  [ "$(cat /proc/sys/net/$key 2>/dev/null)" = 0 ] && echo 1 > /proc/sys/net/$key && echo "sysctl net/$key"
done
if iptables-save 2>/dev/null | grep -E '^(-A |:)(${BUILT_IN}) ' | grep -vqE ' ACCEPT \\[|KUBE-|FLANNEL-|CNI-'; then
  printf '${EMPTY_TABLES}' | iptables-restore && echo 'iptables rules that were not the cluster’s'
fi
true`

/**
 * Forwarding as nodes need it, and no rules of anybody else's in the tables. Programs that keep rules have to look
 * afterwards.
 * @returns what was put right, a line each.
 */
export async function mendKernel(machine: Machine): Promise<string[]> {
  const { stdout } = await machine.exec(['sh', '-c', SCRIPT])
  return stdout.split('\n').filter(Boolean)
}
