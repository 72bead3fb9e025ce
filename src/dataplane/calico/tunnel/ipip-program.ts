/**
 * IP-in-IP (RFC 2003) as the kernel's tunl0 does it, for kernels that can't: what is routed to the device leaves as protocol 4 to the
 * next hop of its route, and what comes as protocol 4 is put into the device. In Perl without modules, since Debian and Ubuntu always
 * have that, others as one small package, and a node's takes 3.5 MB.
 *
 * Outer headers are the kernel's (net/ipv4/ip_tunnel.c): TTL and don't-fragment are the inner packet's, of its TOS only the ECN bits;
 * source, length, identification and checksum are filled in when it is sent. What is too large for the way is told to its sender, or goes
 * in pieces, as there. Routes are the kernel's as well, read anew whenever one changes, so that what learners do to routes has the effect
 * that it has with a kernel's tunnel.
 *
 * Arguments: the device, which is there already; and, where that is one end of a veth, the other end, whose packets it reads by a packet
 * socket. Else it is a TUN.
 */
export const IPIP_PROGRAM = String.raw`
use strict;
use warnings;

my ($NAME, $END) = @ARGV;
my ($RDWR_NONBLOCK, $DONTWAIT, $ERRQUEUE, $EAGAIN, $EBADFD, $EMSGSIZE) = (0x802, 0x40, 0x2000, 11, 77, 90);
my ($AF_INET, $AF_NETLINK, $AF_PACKET, $DGRAM, $RAW) = (2, 16, 17, 2, 3);
my ($ICMP, $IPIP, $ETH_IP, $DF) = (1, 4, 0x0800, 0x4000);
my ($IP_TOS, $IP_TTL, $IP_HDRINCL, $IP_MTU_DISCOVER, $IP_RECVERR, $IP_MTU) = (1, 2, 3, 10, 11, 14);
my ($SOL_SOCKET, $RCVBUF, $SNDBUF) = (1, 8, 7);
my ($TUNSETIFF, $IFF_TUN_NO_PI, $SIOCGIFINDEX, $SIOCGIFHWADDR) = (0x400454ca, 0x1001, 0x8933, 0x8927);
my ($SIOCETHTOOL, $STXCSUM) = (0x8946, 0x17);
my ($IPV4_ROUTES, $GETROUTE, $NEWROUTE, $DONE) = (0x40, 26, 24, 3);
my ($DST, $OIF, $GATEWAY) = (1, 4, 5);
my $BURST = 64;

socket(my $wire, $AF_INET, $RAW, $IPIP) or die "cannot open a raw socket: $!\n";
setsockopt($wire, 0, $_, 1) or die "cannot write IP headers: $!\n" for $IP_HDRINCL, $IP_RECVERR;
setsockopt($wire, $SOL_SOCKET, $_, 1 << 21) for $RCVBUF, $SNDBUF;
socket(my $pieces, $AF_INET, $RAW, $IPIP) or die "cannot open a raw socket: $!\n";
setsockopt($pieces, 0, $IP_MTU_DISCOVER, 0);
setsockopt($pieces, $SOL_SOCKET, $RCVBUF, 1);
socket(my $told, $AF_INET, $RAW, $ICMP) or die "cannot open a raw socket: $!\n";
setsockopt($told, $SOL_SOCKET, $RCVBUF, 1);
my $INDEX = unpack('x16 l', about($NAME, $SIOCGIFINDEX));
my $device = defined $END ? open_veth() : open_tun();
my $INTO = defined $END && pack('S n l S C C a6 x2', $AF_PACKET, $ETH_IP, unpack('x16 l', about($END, $SIOCGIFINDEX)), 0, 0, 6, unpack('x18 a6', about($NAME, $SIOCGIFHWADDR)));
socket(my $changes, $AF_NETLINK, $RAW, 0) or die "cannot listen to routes: $!\n";
bind($changes, pack('S x2 L L', $AF_NETLINK, 0, $IPV4_ROUTES)) or die "cannot listen to routes: $!\n";

my (%routes, @lengths, %hops);
read_routes();
my $all = '';
vec($all, fileno($_), 1) = 1 for $device, $wire, $changes;
while (1) {
  select(my $ready = $all, undef, undef, undef) > 0 or next;
  routes_changed() if vec($ready, fileno($changes), 1);
  for (1 .. $BURST) {
    my $sent = sysread($device, my $packet, 65536);
    die "$NAME is gone\n" if !defined $sent && $! != $EAGAIN;
    encapsulate($packet) if $sent;
    my $received = recv($wire, my $outer, 65536, $DONTWAIT);
    if (defined $received) { decapsulate($outer) if length $outer }
    elsif ($! != $EAGAIN) { refused() }
    last if !$sent && !defined $received;
  }
}

sub open_tun {
  sysopen(my $tun, '/dev/net/tun', $RDWR_NONBLOCK) or die "cannot open /dev/net/tun: $!\n";
  ioctl($tun, $TUNSETIFF, my $request = pack('a16 s x22', $NAME, $IFF_TUN_NO_PI)) or die "cannot have $NAME: $!\n";
  return $tun;
}

# Whole packets with their checksums, as they would leave by a cable.
sub open_veth {
  my $off = pack('L L', $STXCSUM, 0);
  ioctl($wire, $SIOCETHTOOL, my $request = pack('a16 P x16', $NAME, $off)) or die "cannot have checksums: $!\n";
  socket(my $veth, $AF_PACKET, $DGRAM | 0x800, unpack('S', pack('n', $ETH_IP))) or die "cannot open a packet socket: $!\n";
  bind($veth, pack('S n l x12', $AF_PACKET, $ETH_IP, unpack('x16 l', about($END, $SIOCGIFINDEX)))) or die "cannot have $END: $!\n";
  setsockopt($veth, $SOL_SOCKET, $RCVBUF, 1 << 21);
  return $veth;
}

sub about {
  my ($name, $question) = @_;
  ioctl($wire, $question, my $answer = pack('a16 x24', $name)) or die "no $name: $!\n";
  return $answer;
}

sub encapsulate {
  my ($first, $tos, $fragment, $ttl, $to) = unpack('C C x4 n C x7 a4', $_[0]);
  return if $first >> 4 != 4;
  %hops = () if keys %hops > 10_000;
  # Not by one //=, as routes that are read anew empty what it would assign to.
  my $hop = $hops{$to} // next_hop($to) // (routes_changed() ? next_hop($to) : undef) // return;
  $hops{$to} = $hop;
  my $ecn = ($tos & 3) == 3 ? 2 : $tos & 3;
  my $header = pack('C C x4 n C C x2 x4 a4', 0x45, $ecn, $fragment & $DF, $ttl, $IPIP, $hop);
  # The first may fail with an error that came for an earlier packet.
  send($wire, $header . $_[0], 0, address($hop)) // send($wire, $header . $_[0], 0, address($hop)) // ($! == $EMSGSIZE and too_large($_[0], $hop));
}

sub decapsulate {
  my $packet = substr($_[0], (ord($_[0]) & 15) * 4);
  if ($INTO) { send($device, $packet, 0, $INTO) } else { syswrite($device, $packet) }
}

sub address { return pack('S n a4 x8', $AF_INET, 0, $_[0]) }

# Larger than eth0 takes, or than a router on the way said that it takes. Who may not be cut is told what fits.
sub too_large {
  my ($packet, $hop) = @_;
  my ($tos, $fragment, $ttl, $from) = unpack('x C x4 n C x3 a4', $packet);
  if ($fragment & $DF) {
    socket(my $asked, $AF_INET, $DGRAM, 0) or return;
    connect($asked, pack('S n a4 x8', $AF_INET, 9, $hop)) or return;
    my $fits = unpack('i', getsockopt($asked, 0, $IP_MTU)) - 20;
    my $error = pack('C C n n n', 3, 4, 0, 0, $fits) . substr($packet, 0, 548);
    substr($error, 2, 2) = pack('n', checksum($error));
    send($told, $error, 0, address($from));
  } else {
    setsockopt($pieces, 0, $IP_TTL, $ttl);
    setsockopt($pieces, 0, $IP_TOS, ($tos & 3) == 3 ? 2 : $tos & 3);
    send($pieces, $packet, 0, address($hop));
  }
}

sub checksum {
  my $sum = unpack('%32n*', length($_[0]) % 2 ? "$_[0]\0" : $_[0]);
  $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
  return ~$sum & 0xffff;
}

# What routers say of packets that were sent, with the beginning of those. Only what is too large is for anybody else's ears.
sub refused {
  my $why = $! + 0;
  while (defined recv($wire, my $quoted, 65536, $ERRQUEUE | $DONTWAIT)) {
    my $inner = substr($quoted, (ord($quoted) & 15) * 4);
    too_large($inner, substr($quoted, 16, 4)) if $why == $EMSGSIZE && length $inner >= 28 && unpack('x6 n', $inner) & $DF;
  }
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
  socket(my $netlink, $AF_NETLINK, $RAW, 0) or die "cannot read routes: $!\n";
  send($netlink, pack('L S S L L C x11', 28, $GETROUTE, 0x301, 1, 0, $AF_INET), 0) or die "cannot read routes: $!\n";
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
