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
 * Processes are its cost, so it does by itself what it can.
 *
 * In built-in chains only jumps to the cluster's own chains belong, and the policy ACCEPT. Anything else is a learner's, and
 * emptying the tables is simpler and surer than taking rules out one by one: their programs write theirs again.
 */
const SCRIPT = `
has() { case "$1" in *"$2"*) ;; *) false ;; esac; }
links=$(ip -o link show up)
for link in lo eth0; do has "$links" " $link@" || has "$links" " $link:" || { ip link set $link up && echo "$link was down"; }; done
has "$links" ' eth0' && ! has "$(ip -o link show dev eth0)" ' mtu 1500 ' && ip link set eth0 mtu 1500 && echo 'MTU of eth0'
has "$(ip -o addr show dev eth0)" " $1 " || { ip addr replace $1 brd + dev eth0 && echo "address $1 of eth0"; }
# Before routes, whose gateways are looked up by them.
rules=$(echo $(ip rule 2>/dev/null))
case $rules in
''|'0: from all lookup local 32766: from all lookup main 32767: from all lookup default') ;;
*) ip rule flush && ip rule add pref 32766 lookup main && ip rule add pref 32767 lookup default && echo 'routing rules' ;;
esac
routes=$(ip route show)
has "$routes" "$3 dev eth0 " || { ip route replace $3 dev eth0 proto kernel src \${1%/*} && echo "route to $3"; }
has "$routes" "default via $2 dev eth0" || { ip route replace default via $2 dev eth0 && echo 'default route'; }
# Those of BIRD and Felix name their protocol.
while read -r route; do
  case $route in
  *' proto '*) ;;
  'blackhole '*|'unreachable '*|'prohibit '*|'throw '*) ip route del $route && echo "route: $route" ;;
  esac
done <<END
$routes
END
[ -z "$(ip neigh show nud permanent dev eth0)" ] || { ip neigh flush nud permanent dev eth0 && echo 'static neighbours of eth0'; }
if tc qdisc show dev eth0 2>/dev/null | grep -qv noqueue; then
  { tc qdisc del dev eth0 root; tc qdisc del dev eth0 clsact; } 2>/dev/null
  echo 'queueing discipline of eth0'
fi
for key in ipv4/ip_forward bridge/bridge-nf-call-iptables; do
  value=
  [ ! -e /proc/sys/net/$key ] || read -r value </proc/sys/net/$key
  [ "$value" = 0 ] && echo 1 > /proc/sys/net/$key && echo "sysctl net/$key"
done
if iptables-save 2>/dev/null | grep -E '^(-A |:)(${BUILT_IN}) ' | grep -vqE ' ACCEPT \\[|KUBE-|FLANNEL-|CNI-|cali[-:]'; then
  printf '${EMPTY_TABLES}' | iptables-restore && echo 'iptables rules that were not the cluster’s'
fi
true`

/** How a node is plugged into the network of nodes. */
export interface Uplink {
  /** Of eth0, with the prefix's length: 172.19.0.3/24. */
  readonly address: string
  readonly gateway: string
  /** That eth0 is in: 172.19.0.0/24. */
  readonly subnet: string
}

/**
 * Uplink and forwarding as nodes need them, and no rules of anybody else's in the tables. Programs that keep rules have to look
 * afterwards.
 * @returns what was put right, a line each.
 */
export async function mendKernel(machine: Machine, { address, gateway, subnet }: Uplink): Promise<string[]> {
  const { stdout } = await machine.exec(['sh', '-c', SCRIPT, 'sh', address, gateway, subnet])
  return stdout.split('\n').filter(Boolean)
}
