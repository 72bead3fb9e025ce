import { quoted } from './quote.ts'
import type { MachineSpec } from './topology.ts'

const CONFIG = '/etc/bird/bird.conf'
/** Configuration that is added by whoever configures the router: one file a purpose, then `birdc configure`. */
const ADDED = '/etc/bird/conf.d'

/**
 * BIRD 2 of a router as it comes: it knows its own networks, speaks to nobody, and writes what neighbours tell it to the
 * kernel. Neighbours are files of {@link ADDED}.
 */
export function routerConfig({ address, router }: MachineSpec): string {
  return `log "/var/log/bird.log" all;

router id ${router?.loopback ?? address};
${router?.as === undefined ? '' : `define AS = ${router.as};\n`}
# Interfaces and their addresses.
protocol device {
  scan time 2;
}

# The networks that this router is in.
protocol direct {
  ipv4;
}

# What neighbours tell goes to the kernel; it has the routes to its own networks already.
protocol kernel {
  merge paths on;
  metric 0;
  ipv4 {
    import none;
    export where source = RTS_BGP;
  };
}

# Neighbours: a file each or one for all, then "birdc configure".
include "${ADDED}/*.conf";
`
}

/**
 * What makes a machine with its cables a router, for a shell in it. BIRD is kept: it begins again when it crashed or was
 * killed, and stays away after `birdc down`. Without BIRD the machine routes between its own networks all the same.
 */
export function routerScript(machine: MachineSpec): string {
  return [
    'set -e',
    'echo 1 >/proc/sys/net/ipv4/ip_forward',
    // What it has no route to it refuses each time, not once a second.
    'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit',
    `mkdir -p ${ADDED} /run/bird`,
    `printf %s ${quoted(routerConfig(machine))} >${CONFIG}`,
    'command -v bird >/dev/null || exit 0',
    `until bird -f -c ${CONFIG}; do sleep 1; done >/dev/null 2>&1 &`,
    // Ready is when commands for BIRD are answered; nothing tells when its socket is there.
    'tries=100',
    'until birdc show status </dev/null >/dev/null 2>&1 || [ $((tries -= 1)) = 0 ]; do sleep 0.02; done',
    '',
  ].join('\n')
}
