import { MACHINES } from '../../machine/places.ts'
import type { Topology } from '../../machine/topology.ts'
import {
  containerLines,
  PROGRAMS_OF,
  REMOVE_KEPT,
  TAKE_PROGRAMS,
  type Containers,
} from './container-script.ts'
import { BOOT, machineCommand, NEVER, ROOTS, SKELETON } from './holder-script.ts'
import { bind, formatFstab, type Mount } from './fstab.ts'
import { netnsPath } from './wire.ts'

/**
 * Filesystems of the kernel's own, of the pid and network namespace of who mounts them.
 * @param label what mount(8) shows as their source: it must not be the host's, or `mount --all` takes one for the other.
 */
export function kernelMounts(root: string, label: string): Mount[] {
  const mount = (type: string, target: string, options: string): Mount => ({
    source: label,
    target: root + target,
    type,
    options,
  })
  return [
    mount('proc', '/proc', 'nosuid,nodev,noexec'),
    mount('sysfs', '/sys', 'nosuid,nodev,noexec'),
    // ip netns exec takes /sys away before it mounts its own, and that is allowed only where another one is in sight.
    mount('sysfs', '/opt/knet/sys', 'nosuid,nodev,noexec'),
    mount('devpts', '/dev/pts', 'nosuid,noexec,newinstance,ptmxmode=0666,mode=0620'),
  ]
}

/** @param shared what of the holder's root each machine sees, read-only or as devices. */
export function machineFstab(machine: string, shared: readonly Mount[]): string {
  return formatFstab([
    bind(`${ROOTS}/${machine}`, '/mnt', 'rw'),
    ...shared.map(({ target, type, options }) => ({
      source: target,
      target: `/mnt${target}`,
      type,
      options,
    })),
    ...kernelMounts('/mnt', machine),
  ])
}

/** What kubelet and kube-proxy ask of a node's kernel. */
const SYSCTLS: Readonly<Record<string, number>> = {
  'net/ipv4/ip_forward': 1,
  'net/bridge/bridge-nf-call-iptables': 1,
  'net/bridge/bridge-nf-call-ip6tables': 1,
}

/**
 * A machine, given its name, in namespaces of its own but for the holder's root, which it leaves. Its process 1 is the
 * shell's first child: it waits for a child that never ends, and so reaps all orphans. (dash can't ignore SIGCHLD: it
 * always catches it, and a `read` would end when any orphan does.)
 * @param containers where machines run some
 */
export function machineScript(containers?: Containers): string {
  const sysctls = Object.entries(SYSCTLS).map(
    ([name, value]) => `! [ -e /proc/sys/${name} ] || echo ${value} >/proc/sys/${name}`,
  )
  return [
    'set -e',
    'umask 022',
    'name=$1',
    `trap 'echo "failed $name"' EXIT`,
    `( trap - EXIT; while :; do ${containers ? TAKE_PROGRAMS : 'read -r _ <&9'} & wait; done ) 9<>${containers ? PROGRAMS_OF : NEVER} >/dev/null 2>&1 &`,
    'init=$!',
    `exec 7>${MACHINES}/$name`,
    // Opened here and now: by the time that ip runs, the holder's root may be out of sight.
    `exec 6<${BOOT}/$name.batch`,
    `program=; if [ -e ${BOOT}/$name.sh ]; then exec 5<${BOOT}/$name.sh; program=yes; fi`,
    'ip -batch - <&6 5<&- 7>&- &',
    'wired=$!',
    `umask 0; cp -dR ${SKELETON} ${ROOTS}/$name; umask 022`,
    `mount --all --fstab ${BOOT}/$name.fstab`,
    ...(containers ? containerLines(containers) : []),
    'echo $name >/mnt/etc/hostname',
    'hostname $name',
    'cd /mnt',
    'pivot_root . mnt',
    'umount -l /mnt',
    ...sysctls,
    'wait $wired',
    // A shell of its own, since only children of this one are in the machine's pid namespace.
    '[ -z "$program" ] || sh <&5 >/dev/null 5<&- 6<&- 7>&-',
    'echo "$init" >&7',
    'trap - EXIT',
    'echo "ready $name"',
    '',
  ].join('\n')
}

/**
 * Makes a machine anew, given its name, in the holder. Its network namespace stays, as the companion program may live
 * there, and is made as a fresh one is: no links, rules or routes, and each sysctl as a fresh one has it.
 */
export function rebuildScript(containers?: Containers): string {
  const net = netnsPath('$name')
  const sysctls = `grep -rs '' /proc/sys/net/core /proc/sys/net/ipv4 /proc/sys/net/ipv6 /proc/sys/net/bridge /proc/sys/net/netfilter`
  return [
    'set -e',
    'name=$1',
    `read -r init <${MACHINES}/$name || :`,
    `: >${MACHINES}/$name`,
    // A pid may have been given to another process since: the companion program shares a machine's network only.
    `if [ -n "$init" ] && [ /proc/$init/ns/net -ef ${net} ] && ! [ /proc/$init/ns/mnt -ef /proc/self/ns/mnt ]; then kill -KILL $init; fi`,
    `cd /run/knet`,
    `ip -n $name -o link | while IFS=': @' read -r _ link _; do [ "$link" = lo ] || echo "link del $link"; done >empty.$name`,
    `cat ${BOOT}/empty.batch >>empty.$name`,
    // Many links take others with them, so not every line can succeed.
    `ip -n $name -force -batch empty.$name >/dev/null 2>&1 || :`,
    `nsenter --net=${net} -- sh ${BOOT}/flush.sh >/dev/null 2>&1`,
    `nsenter --net=${net} -- ${sysctls} >now.$name || :`,
    `unshare --net -- ${sysctls} | grep -vxFf now.$name >fresh.$name || :`,
    `nsenter --net=${net} -- sh -c 'while IFS=: read -r file value; do echo "$value" >"$file"; done' <fresh.$name 2>/dev/null || :`,
    `rm -rf ${ROOTS}/$name`,
    ...(containers ? [REMOVE_KEPT] : []),
    `sed -n 's/^link add \\([^ ]*\\) .*/link del \\1/p' ${BOOT}/$name.cable | ip -force -batch - 2>/dev/null || :`,
    `ip -batch ${BOOT}/$name.cable`,
    `exec ${machineCommand('$name', containers !== undefined)}`,
    '',
  ].join('\n')
}

/** For `ip -batch` in a network namespace that has nothing but lo. */
export const EMPTY_BATCH = [
  'link set lo down',
  'addr flush dev lo',
  'route flush table all',
  'rule flush',
  'rule add from all lookup main pref 32766',
  'rule add from all lookup default pref 32767',
  'xfrm policy flush',
  'xfrm state flush',
  '',
].join('\n')

/** Everything that filters or rewrites packets in a network namespace, by every tool that there is. */
export const FLUSH_SCRIPT = [
  'nft flush ruleset || { iptables -F; iptables -X; iptables -t nat -F; iptables -t nat -X; iptables -t mangle -F; iptables -t mangle -X; }',
  'for family in ip ip6; do',
  '  ! [ -r /proc/net/${family}_tables_names ] || while read -r table; do',
  '    ${family}tables-legacy -t $table -F; ${family}tables-legacy -t $table -X',
  '    for chain in PREROUTING INPUT FORWARD OUTPUT POSTROUTING; do ${family}tables-legacy -t $table -P $chain ACCEPT; done',
  '  done </proc/net/${family}_tables_names',
  'done',
  'ipset destroy',
  'tc qdisc del dev lo root; tc qdisc del dev lo clsact',
  'conntrack -F',
  'true',
  '',
].join('\n')

/** /etc/hosts of each machine. */
export function hostsFile(topology: Topology): string {
  const lines = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback']
  return [...lines, ...topology.machines.map((m) => `${m.address}\t${m.name}`), ''].join('\n')
}
