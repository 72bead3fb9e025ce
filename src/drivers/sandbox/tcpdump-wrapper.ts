/**
 * tcpdump as root wants to become a user of its own, and before that to drop its groups: setgroups(2). In a user namespace
 * whose caller had no subordinate ids that call is refused for good (user_namespaces(7)) and there is no other user. This
 * says "root" is that user, and has seccomp answer setgroups with success: there are no groups to drop. Perl, as it is on
 * nearly every distribution and can make system calls; without it tcpdump says what it lacks.
 */
export const TCPDUMP_WRAPPER = `#!/bin/sh
PATH=\${PATH#*:}
command -v perl >/dev/null || exec tcpdump -Z root "$@"
exec perl -e '
use POSIX ();
my ($prctl, $setgroups) = (POSIX::uname())[4] eq "x86_64" ? (157, 116) : (167, 159);
# struct sock_filter: load the number of the system call; setgroups returns 0, all others are allowed.
my $filter = pack("SCCL" x 4, 0x20, 0, 0, 0, 0x15, 0, 1, $setgroups, 6, 0, 0, 0x50000, 6, 0, 0, 0x7fff0000);
my $program = pack("S x6 P", 4, $filter);
# PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP with SECCOMP_MODE_FILTER.
syscall($prctl, 38, 1, 0, 0, 0);
syscall($prctl, 22, 2, $program);
exec "tcpdump", "-Z", "root", @ARGV;
' -- "$@"
`
