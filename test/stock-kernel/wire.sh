# What leaves by eth0 of a machine whose tunl0 is of a kind ($1: ipip, tun or veth), packet by packet, without what differs from one time to
# the next. In namespaces of its own, for a user without rights too. $2: the program behind tunl0, where it has one.
set -e
kind=$1 program=$2
[ "$inside" ] || inside=yes exec timeout -s KILL 120 unshare --user --map-root-user --net --mount --pid --fork --mount-proc --kill-child sh "$0" "$@"
mount -t tmpfs tmpfs /run
# tshark looks into its home, which root's is not for others.
export HOME=/run
unshare --net sleep 1000 &
other=$!
until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link set lo up
ip link add eth0 type veth peer name eth0 netns $other
ip address add 172.19.0.10/24 dev eth0
ip link set eth0 up
nsenter --net=/proc/$other/ns/net sh -c 'ip address add 172.19.0.11/24 dev eth0; ip link set eth0 up'
! [ -e /sys/class/net/tunl0 ] || [ $kind = ipip ] || ip link set tunl0 name other0
case $kind in
  ipip) ip link show tunl0 >/dev/null 2>&1 || ip link add tunl0 type ipip nopmtudisc 2>/dev/null || ip link show tunl0 >/dev/null ;;
  tun) ip tuntap add dev tunl0 mode tun ;;
  veth) ip link add tunl0 type veth peer name end; ip link set end arp off up ;;
esac
ip link set tunl0 mtu 1480 arp off up
ip address add 192.168.1.1/32 dev tunl0
ip route add 192.168.2.0/24 via 172.19.0.11 dev tunl0 onlink
case $kind in
  tun) perl "$program" tunl0 & ;;
  veth) perl "$program" tunl0 end & ;;
esac
dumpcap -q -P -i eth0 -f 'ip proto 4' -w /run/seen.pcap 2>/run/dumpcap &
dumpcap=$!
until grep -q File: /run/dumpcap; do sleep 0.1; done
seen() {
  tshark -r /run/seen.pcap -T fields -e ip.src -e ip.dst -e ip.proto -e ip.dsfield -e ip.ttl -e ip.flags -e ip.frag_offset -e ip.len 2>/dev/null
}
send() { echo "ping $*"; ping -n -q -c 1 -W 1 "$@" 192.168.2.1 2>&1 | grep -o 'mtu.*' || :; }
# Until the program is there nothing leaves.
until [ -s /run/seen.pcap ] && seen | grep -q .; do ping -n -q -c 1 -W 0.2 -s 1 192.168.2.1 >/dev/null || :; done
send -s 8
send -t 33 -Q 0x13 -M do -s 8
send -Q 0x3 -s 8
send -M dont -s 1452
send -M do -s 1453
send -M dont -s 4000
ip link set eth0 mtu 1400
send -M do -s 1400
ip route flush cache
send -M dont -s 1300
kill $dumpcap
wait $dumpcap || :
# But for those of the beginning.
seen | grep -v '49,29$'
