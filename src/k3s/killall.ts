import { logOf } from './service.ts'
import { PREPARE, unitOf } from './unit.ts'

/** Where k3s' installer puts the scripts that end and remove it: people who know k3s look for them. */
export const KILLALL = '/usr/local/bin/k3s-killall.sh'
export const uninstallOf = (isServer: boolean): string => `/usr/local/bin/${unitOf(isServer)}-uninstall.sh`

/** As the installer's: ends k3s and all of its pods on this node, and takes away what they have of its network. */
export const killallScript = (): string => `#!/bin/sh
# Ends k3s and its pods on this node. It begins again with: systemctl start k3s (on agents k3s-agent)
for unit in k3s k3s-agent; do
  touch /run/$unit.stopped
  systemctl stop $unit 2>/dev/null
done
pkill -x k3s-server; pkill -x k3s-agent; pkill -x containerd-shim
for pid in $(find /sys/fs/cgroup -path '*kubepods*' -name cgroup.procs -exec cat {} + | sort -un); do
  kill -KILL $pid 2>/dev/null
done
awk '$2 ~ "^/(run/k3s|run/netns/cni-|var/lib/kubelet/(pods|plugins)|var/lib/rancher/k3s/agent/containerd)" { print $2 }' \\
  /proc/self/mounts | sort -r | while read -r at; do umount -l "$at"; done
ip netns list | sed -n 's/^\\(cni-[^ ]*\\).*/\\1/p' | while read -r name; do ip netns delete "$name"; done
ip -o link show master cni0 2>/dev/null | sed 's/^[0-9]*: \\([^@:]*\\).*/\\1/' | while read -r port; do ip link delete "$port"; done
for link in cni0 flannel.1; do ip link delete $link 2>/dev/null; done
rm -rf /var/lib/cni
iptables-save | grep -vE 'KUBE-|CNI-' | iptables-restore
`

/** As the installer's: that, and then k3s is no more on this node. */
export function uninstallScript(isServer: boolean): string {
  const unit = unitOf(isServer)
  return `#!/bin/sh
# Removes k3s from this node. knet-labs makes the node anew: knet-labs reset --lab
${KILLALL}
systemctl disable ${unit} 2>/dev/null
rm -rf /etc/systemd/system/${unit}.service*
systemctl daemon-reload 2>/dev/null
for command in kubectl crictl ctr; do [ -L /usr/local/bin/$command ] && rm -f /usr/local/bin/$command; done
rm -rf /etc/rancher/k3s /run/k3s /run/flannel ${PREPARE} ${logOf(isServer)}
for folder in /var/lib/rancher/k3s /var/lib/kubelet; do find $folder -xdev -mindepth 1 -delete 2>/dev/null; done
rm -f ${KILLALL} ${uninstallOf(isServer)} /usr/local/bin/k3s 2>/dev/null
`
}
