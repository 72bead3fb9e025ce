import type { Machine } from '../../machine/machine.ts'
import { parseRuleset } from '../../net/iptables/parse.ts'
import type { Ruleset } from '../../net/iptables/rule.ts'

/** What kube-proxy finds on a machine before it writes its first rule. */
export interface Prepared {
  /** Whether rules can count with the nfacct match. */
  readonly nfacct: boolean
  readonly rules: Ruleset
}

/**
 * route_localnet lets node ports answer on 127.0.0.1; the timeouts are kube-proxy's defaults; the others k3s sets for
 * its kube-proxy. bridge-nf-call-iptables is what makes a ClusterIP work between pods on one node.
 */
const SYSCTLS: Readonly<Record<string, number>> = {
  'ipv4/conf/all/route_localnet': 1,
  'ipv4/ip_forward': 1,
  'bridge/bridge-nf-call-iptables': 1,
  'netfilter/nf_conntrack_tcp_timeout_established': 86_400,
  'netfilter/nf_conntrack_tcp_timeout_close_wait': 3600,
}

/** The accounting objects that rules name: see pkg/proxy/metrics of kube-proxy. */
const COUNTERS = ['ct_state_invalid_dropped_pkts', 'localhost_nps_accepted_pkts']

/**
 * Makes accounting objects: an NFNL_MSG_ACCT_NEW message for each (linux/netfilter/nfnetlink_acct.h) by way of perl,
 * which even a minimal Debian has, while nfacct(8) is a package nobody installs. 16 and 17 say that it is there already.
 * Fails where perl or the kernel's nfnetlink_acct is missing: the rules do without counting then, as kube-proxy's do.
 */
const MAKE_COUNTERS = String.raw`
socket(S, 16, 3, 12) or exit 1;
for (@ARGV) {
  my $name = "$_\0";
  my $attribute = pack("SS", 4 + length $name, 1) . $name;
  $attribute .= "\0" while length($attribute) % 4;
  my $body = pack("CCn", 0, 0, 0) . $attribute;
  send(S, pack("LSSLL", 16 + length $body, 7 << 8, 0x405, 1, 0) . $body, 0) or exit 1;
  recv(S, my $answer, 4096, 0);
  my $error = -unpack("x16 l", $answer);
  exit 1 if $error && $error != 16 && $error != 17;
}`

const SCRIPT = [
  ...Object.entries(SYSCTLS).map(([key, value]) => `{ echo ${value} > /proc/sys/net/${key}; } 2>/dev/null`),
  `perl -e "$0" ${COUNTERS.join(' ')} 2>/dev/null && echo nfacct`,
  'exec iptables-save',
].join('\n')

/** Sets the machine's sysctls, makes the counters and reads the rules, all with one command. */
export async function prepareMachine(machine: Machine): Promise<Prepared> {
  const { stdout } = await machine.exec(['/bin/sh', '-c', SCRIPT, MAKE_COUNTERS])
  return { nfacct: stdout.startsWith('nfacct\n'), rules: parseRuleset(stdout) }
}
