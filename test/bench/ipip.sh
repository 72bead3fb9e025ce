#!/bin/sh
# Two nodes with a tunl0 each, of a kind ($1: ipip, tun or veth), and the program ($2) behind it where it has one: says there-and-back time (the median
# of many), in ms, and then megabits a second of one TCP stream. For a user without rights too.
kind=$1 program=$2
[ "$inside" ] || inside=yes exec unshare --user --map-root-user --net --mount --pid --fork --mount-proc --kill-child sh "$0" "$@"
mount -t tmpfs tmpfs /run
cat >/run/node <<'END'
kind=$1 program=$2 own=$3 other=$4
ip link set lo up
ip address add 172.19.0.1$own/24 dev eth0
ip link set eth0 up
case $kind in
  ipip) ip link add tunl0 type ipip 2>/dev/null; ip link show tunl0 >/dev/null 2>&1 || exit 1 ;;
  tun) ip tuntap add dev tunl0 mode tun ;;
  veth) ip link add tunl0 type veth peer name end; ip link set end arp off up; end=end ;;
esac
ip link set tunl0 mtu 1480 arp off up
ip address add 192.168.$own.1/32 dev tunl0
ip route add 192.168.$other.0/24 via 172.19.0.1$other dev tunl0 onlink
[ $kind = ipip ] || perl "$program" tunl0 $end &
END
unshare --net sleep 1000 &
far=$!
until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link add eth0 type veth peer name eth0 netns $far
sh /run/node $kind "$program" 1 2
ip link show tunl0 >/dev/null 2>&1 || exit 1
nsenter --net=/proc/$far/ns/net sh /run/node $kind "$program" 2 1
until ping -q -c 1 -W 0.1 192.168.2.1 >/dev/null; do :; done
ping -i 0.01 -c 200 192.168.2.1 | sed -n 's|.*time=\([0-9.]*\) ms$|\1|p' | sort -n | sed -n 100p
RECEIVE='use IO::Socket::INET; use Time::HiRes "time";
my $c = IO::Socket::INET->new(Listen => 1, LocalPort => 5201, ReuseAddr => 1)->accept; my ($n, $t) = (0, time);
while (my $r = sysread $c, $_, 1 << 20) { $n += $r } printf "%d\n", $n * 8e-6 / (time() - $t)'
SEND='use IO::Socket::INET; use Time::HiRes "time"; my $s; my $b = "x" x (1 << 20);
select undef, undef, undef, 0.01 until $s = IO::Socket::INET->new(PeerAddr => "192.168.2.1", PeerPort => 5201);
my $end = time() + 1; syswrite $s, $b while time() < $end'
nsenter --net=/proc/$far/ns/net perl -e "$RECEIVE" &
receiver=$!
perl -e "$SEND"
wait $receiver
