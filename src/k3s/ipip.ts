/** Where a node keeps what makes `tunl0` be there. */
const SCRIPT = '/usr/local/lib/knet-labs/ipip'
const PROGRAM = `${SCRIPT}.pl`

/** The unit that keeps it running where the kernel can't do it; it ends at once where the kernel can. */
export const IPIP_UNIT = 'knet-labs-ipip'

/**
 * Calico's tunnel is the kernel's, which asking for it loads. Where the kernel has none, a TUN of that name with our program behind it:
 * Felix takes a tunl0 that is there already.
 */
const script = `#!/bin/sh
ip link show tunl0 >/dev/null 2>&1 || ip link add tunl0 type ipip 2>/dev/null
ip -d link show tunl0 2>/dev/null | grep -qw ipip && exit 0
[ -e /dev/net/tun ] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }
ip tuntap add dev tunl0 mode tun 2>/dev/null
ip link set tunl0 up
exec perl ${PROGRAM} tunl0
`

const unit = `[Unit]
Description=IP-in-IP for kernels that have none
Before=k3s.service k3s-agent.service

[Service]
ExecStart=${SCRIPT}
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
`

/** What a node gets whose pods may be reached by IP-in-IP. @param program in Perl; its argument is the TUN's name. */
export const ipipFiles = (program: string) =>
  [
    { path: PROGRAM, content: program, mode: '644' },
    { path: SCRIPT, content: script, mode: '700' },
    { path: `/etc/systemd/system/${IPIP_UNIT}.service`, content: unit, mode: '644' },
  ] as const

/** Starts it where there is no systemd. */
export const IPIP_BY_ITSELF = `nohup setsid ${SCRIPT} >/dev/null 2>&1 </dev/null &`
