import type { Machine } from '../machine/machine.ts'
import { NOTE_IMAGES } from './images.ts'

/** Where a node keeps what its network was like when the cluster became ready; gone when the machine is started anew, and then written again. */
const FILE = '/run/knet-labs/baseline'

/**
 * A node's network, a line each: uplink, routes, forwarding, rules in chains that all share, and what flannel told the kernel of other
 * nodes. Without what comes and goes with pods.
 */
const LOOK = `
look() {
  ip -o -4 addr show dev eth0 2>/dev/null | sed -n 's/.* inet \\([^ ]*\\).*/addr \\1/p'
  # What is on a link comes before what is by way of it.
  ip -4 route show | grep -vE ' dev (cni0|cali|tunl0|docker|veth)|^blackhole|proto bird' | sort -sk 2,2 | sed 's/ linkdown//; s/ *$//; s/^/route /'
  for key in ipv4/ip_forward bridge/bridge-nf-call-iptables; do
    [ -e /proc/sys/net/$key ] && echo "sysctl $key $(cat /proc/sys/net/$key)"
  done
  for table in raw mangle nat filter; do
    iptables-save -t $table 2>/dev/null |
      sed -nE "s/^:(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) ([A-Z]+) .*/policy $table \\1 \\2/p; s/^-A (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) /rule $table &/p" |
      grep -vE 'CNI-|cali-'
  done
  for link in flannel.1; do
    ip -o link show up dev $link >/dev/null 2>&1 || continue
    echo "link $link"
    bridge fdb show dev $link | sed -n 's/ *$//; s/^/fdb /; / dst /p'
    ip neigh show dev $link | sed -n 's/^\\([^ ]*\\) .*lladdr \\([^ ]*\\) .*PERMANENT.*/neigh \\1 \\2/p'
  done
}
`

export async function writeBaseline(machine: Machine): Promise<void> {
  const script = `${LOOK} mkdir -p ${FILE.replace(/\/[^/]*$/, '')} && look >${FILE}\n${NOTE_IMAGES}`
  await machine.exec(['/bin/sh', '-c', script])
}

/** What k3s brings back only when it starts: links, fdb, neighbours, and rules that are missing. */
const RESTART = 'restart: '

/** Rules of programs that write to shared chains whenever they please. */
const OTHERS = 'KUBE-|CNI-|cali-|FLANNEL|flanneld|DOCKER'

/**
 * Takes away what is too much, puts back what a command can, and says what else is missing. Pods that lost their bridge are
 * plugged in again.
 */
const MEND = `${LOOK}
[ -s ${FILE} ] || exit 0
missing=$(mktemp) extra=$(mktemp) now=$(mktemp)
ip link set eth0 up 2>/dev/null
look >$now
grep -vxFf $now ${FILE} >$missing
grep -vxFf ${FILE} $now >$extra
while read -r kind table rest; do
  case $kind in
  rule) echo "$rest" | grep -qE '${OTHERS}' || { eval "iptables -t $table -D $(echo "$rest" | sed 's/^-A //')" && echo "rule $rest"; } ;;
  esac
done <$extra
while read -r kind first rest; do
  case $kind in
  addr) ip addr replace "$first" brd + dev eth0 && echo "address $first of eth0" ;;
  sysctl) echo "$rest" >/proc/sys/net/$first && echo "sysctl net/$first" ;;
  policy) iptables -t $first -P $rest && echo "policy of $rest" ;;
  route) case "$first $rest" in *' dev flannel.1'*) echo "${RESTART}route $first" ;; *) ip route replace $first $rest && echo "route $first" ;; esac ;;
  *) echo "${RESTART}$kind $first" ;;
  esac
done <$missing
ports=$(ip -o link show type veth | sed -n '/ master /d; s/^[0-9]*: \\(veth[^@:]*\\)@.*/\\1/p')
if [ -n "$ports" ] && [ -s /run/flannel/subnet.env ]; then
  . /run/flannel/subnet.env
  ip link show cni0 >/dev/null 2>&1 || { ip link add cni0 type bridge && echo 'bridge cni0'; }
  ip addr replace "$FLANNEL_SUBNET" brd + dev cni0
  ip link set cni0 mtu "$FLANNEL_MTU" up
  for port in $ports; do
    ip link set "$port" master cni0 up && ip link set "$port" type bridge_slave hairpin on && echo "port $port of cni0"
  done
fi
rm -f $missing $extra $now
exit 0
`

export interface Mended {
  /** What was put right, a line each. */
  readonly done: readonly string[]
  /** What only a start of k3s puts right. */
  readonly left: readonly string[]
}

/** Makes a node's network what it was when the cluster became ready, as far as can be without starting k3s again. */
export async function mendNode(machine: Machine): Promise<Mended> {
  const { stdout } = await machine.exec(['/bin/sh', '-c', MEND], { timeoutMs: 30_000 })
  const lines = stdout.split('\n').filter(Boolean)
  return {
    done: lines.filter((line) => !line.startsWith(RESTART)),
    left: lines.filter((line) => line.startsWith(RESTART)).map((line) => line.slice(RESTART.length)),
  }
}
