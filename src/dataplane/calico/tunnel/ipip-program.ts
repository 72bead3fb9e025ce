/**
 * IP-in-IP (RFC 2003) as the kernel's tunl0 does it, for kernels that can't: what is routed to the TUN device leaves as protocol 4 to
 * the next hop of its route, and what comes as protocol 4 is put into the device. In Perl, since every Debian and Ubuntu has one,
 * and a node's takes 3.5 MB.
 *
 * Outer headers are the kernel's (net/ipv4/ip_tunnel.c): TTL and don't-fragment are the inner packet's, of its TOS only the ECN bits;
 * source, length, identification and checksum are filled in when it is sent. Routes are the kernel's as well, read anew whenever one changes, so
 * that what learners do to routes has the effect that it has with a kernel's tunnel.
 *
 * Argument: the name of the device, which is there already.
 */
export const IPIP_PROGRAM = String.raw`
use strict;
use warnings;
use Fcntl;
use Socket;

my ($NAME) = @ARGV;
my ($TUNSETIFF, $IFF_TUN_NO_PI, $SIOCGIFINDEX) = (0x400454ca, 0x1001, 0x8933);
my ($IPIP, $IP_HDRINCL, $DONTWAIT) = (4, 3, 0x40);
my ($AF_NETLINK, $IPV4_ROUTES, $GETROUTE, $NEWROUTE, $DONE) = (16, 0x40, 26, 24, 3);
my ($DST, $OIF, $GATEWAY) = (1, 4, 5);
my ($BURST, $EBADFD) = (64, 77);

sysopen(my $tun, '/dev/net/tun', O_RDWR | O_NONBLOCK) or die "cannot open /dev/net/tun: $!\n";
ioctl($tun, $TUNSETIFF, my $request = pack('a16 s x22', $NAME, $IFF_TUN_NO_PI)) or die "cannot have $NAME: $!\n";
socket(my $wire, AF_INET, SOCK_RAW, $IPIP) or die "cannot open a raw socket: $!\n";
setsockopt($wire, 0, $IP_HDRINCL, 1) or die "cannot write IP headers: $!\n";
setsockopt($wire, SOL_SOCKET, $_, 1 << 21) for SO_RCVBUF, SO_SNDBUF;
ioctl($wire, $SIOCGIFINDEX, my $answer = pack('a16 x24', $NAME)) or die "no index of $NAME: $!\n";
my $INDEX = unpack('x16 l', $answer);
socket(my $changes, $AF_NETLINK, SOCK_RAW, 0) or die "cannot listen to routes: $!\n";
bind($changes, pack('S x2 L L', $AF_NETLINK, 0, $IPV4_ROUTES)) or die "cannot listen to routes: $!\n";

my (%routes, @lengths, %hops);
read_routes();
my $all = '';
vec($all, fileno($_), 1) = 1 for $tun, $wire, $changes;
while (1) {
  select(my $ready = $all, undef, undef, undef) > 0 or next;
  routes_changed() if vec($ready, fileno($changes), 1);
  for (1 .. $BURST) {
    my $sent = sysread($tun, my $packet, 65536);
    die "$NAME is gone\n" if !defined $sent && $! == $EBADFD;
    encapsulate($packet) if $sent;
    my $received = recv($wire, my $outer, 65536, $DONTWAIT);
    syswrite($tun, substr($outer, (ord($outer) & 15) * 4)) if defined $received && length $outer;
    last if !$sent && !defined $received;
  }
}

sub encapsulate {
  my ($first, $tos, $fragment, $ttl, $to) = unpack('C C x4 n C x7 a4', $_[0]);
  return if $first >> 4 != 4;
  %hops = () if keys %hops > 10_000;
  my $hop = $hops{$to} //= next_hop($to) // (routes_changed() ? next_hop($to) : undef) // return;
  my $ecn = ($tos & 3) == 3 ? 2 : $tos & 3;
  my $header = pack('C C x4 n C C x2 x4 a4', 0x45, $ecn, $fragment & 0x4000, $ttl, $IPIP, $hop);
  send($wire, $header . $_[0], 0, pack_sockaddr_in(0, $hop));
}

# The gateway of the longest route that matches. Without one there is none to send to: the address itself is behind the tunnel.
sub next_hop {
  my $address = unpack('N', $_[0]);
  for my $length (@lengths) {
    my $found = $routes{$length}{masked($address, $length)};
    return $found eq '' ? undef : $found if defined $found;
  }
  return undef;
}

sub masked {
  my ($address, $length) = @_;
  return $length ? $address & (0xffffffff << (32 - $length)) & 0xffffffff : 0;
}

sub routes_changed {
  my $news = 0;
  $news = 1 while defined recv($changes, my $ignored, 65536, $DONTWAIT);
  read_routes() if $news;
  return $news;
}

sub read_routes {
  %routes = ();
  %hops = ();
  socket(my $netlink, $AF_NETLINK, SOCK_RAW, 0) or die "cannot read routes: $!\n";
  send($netlink, pack('L S S L L C x11', 28, $GETROUTE, 0x301, 1, 0, AF_INET), 0) or die "cannot read routes: $!\n";
  ANSWER: while (defined recv($netlink, my $answer, 65536, 0)) {
    while (length $answer >= 16) {
      my ($length, $type) = unpack('L S', $answer);
      last ANSWER if $type == $DONE || $length < 16;
      add_route(substr($answer, 16, $length - 16)) if $type == $NEWROUTE;
      substr($answer, 0, ($length + 3) & ~3, '');
    }
  }
  @lengths = sort { $b <=> $a } keys %routes;
}

sub add_route {
  my ($message) = @_;
  my $length = unpack('x C', $message);
  my %attributes;
  for (my $at = 12; $at + 4 <= length $message;) {
    my ($size, $kind) = unpack('S S', substr($message, $at));
    last if $size < 4;
    $attributes{$kind} = substr($message, $at + 4, $size - 4);
    $at += ($size + 3) & ~3;
  }
  my $through = defined $attributes{$OIF} ? unpack('L', $attributes{$OIF}) : 0;
  return if $through != $INDEX;
  my $to = defined $attributes{$DST} ? unpack('N', $attributes{$DST}) : 0;
  $routes{$length}{masked($to, $length)} //= $attributes{$GATEWAY} // '';
}
`
