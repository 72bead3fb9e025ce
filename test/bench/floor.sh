#!/bin/sh
# The floor under `start`: the least that any tool must do to have three nodes on an underlay, with bridges, a pod each, a
# VXLAN mesh and one iptables-restore each, by plain shell in one holder. No Kubernetes, no DNS. Its wall time is the figure.
# usage: floor.sh [command…]: run in the holder when pod p0 reaches pod p2 (10.42.2.2)
exec unshare --user --map-root-user --mount --net --pid --uts --ipc --fork --mount-proc --kill-child sh -ec '
mount -t tmpfs tmpfs /run; mkdir -p /run/netns
touch /run/holder; mount --bind /proc/self/ns/net /run/holder
{ printf "link set lo up\nlink add br0 type bridge\naddr add 172.19.0.1/24 dev br0\nlink set br0 up\n"
  for i in 0 1 2; do printf "netns add n$i\nnetns add p$i\n"; done; } | ip -batch -
node() {
  i=$1
  { printf "link set lo up\nlink add eth0 type veth peer name u$i netns /run/holder\naddr add 172.19.0.$((i+2))/24 dev eth0\nlink set eth0 up\nroute add default via 172.19.0.1\n"
    printf "link add cni0 type bridge\nlink set cni0 mtu 1450\naddr add 10.42.$i.1/24 dev cni0\nlink set cni0 up\n"
    printf "link add v0 mtu 1450 type veth peer name eth0 mtu 1450 netns p$i\nlink set v0 master cni0 up\n"
    printf "link add flannel.1 address 5e:00:00:00:00:0$i mtu 1450 type vxlan id 1 local 172.19.0.$((i+2)) dev eth0 dstport 8472 nolearning\naddr add 10.42.$i.0/32 dev flannel.1\nlink set flannel.1 up\n"
    for j in 0 1 2; do [ $j = $i ] || printf "neigh add 10.42.$j.0 lladdr 5e:00:00:00:00:0$j dev flannel.1 nud permanent\nroute add 10.42.$j.0/24 via 10.42.$j.0 dev flannel.1 onlink\n"; done; } | ip -n n$i -batch -
  printf "addr add 10.42.$i.2/24 dev eth0\nlink set eth0 up\nroute add default via 10.42.$i.1\n" | ip -n p$i -batch -
  for j in 0 1 2; do [ $j = $i ] || printf "fdb append 5e:00:00:00:00:0$j dev flannel.1 dst 172.19.0.$((j+2))\n"; done | ip netns exec n$i bridge -batch -
  ip link set u$i master br0 up
  ip netns exec n$i sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward; iptables-restore --noflush" <<END
*nat
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
COMMIT
END
}
node 0 & node 1 & node 2 & wait
until ip netns exec p0 ping -c1 -W0.1 10.42.2.2 >/dev/null; do :; done
"$@"' sh "${@:-:}"
