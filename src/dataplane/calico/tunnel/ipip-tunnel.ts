import { LabError } from '../../../base/errors.ts'
import type { Machine } from '../../../machine/machine.ts'
import { commandLine } from '../../../machine/quote.ts'
import { machineShell, type NodeShell } from '../../cni/node-shell.ts'
import { keepRunning, type KeptProgram } from '../kept-program.ts'
import { IPIP_PROGRAM } from './ipip-program.ts'

export const TUNNEL = 'tunl0'
/** An outer header's 20 bytes less than what leaves by eth0. */
export const TUNNEL_MTU = 1480

/** How tunl0 came about, in the kernel's words for its kind, as `ip -d link` shows it: only `ipip` needs no program. */
export type TunnelKind = 'ipip' | 'tun' | 'veth'

/** The program's end where tunl0 is a veth. */
const END = `${TUNNEL}-program`

/**
 * The kernel's tunnel where the kernel has one: asking for it loads the module, which makes a tunl0 by itself, so that adding it may fail and
 * it is there all the same. Elsewhere a TUN of that name; and for those who may not have one, a veth without ARP: it needs no device file,
 * but looks like Ethernet. $1: its address; another one goes after that, since all routes would go with the last. $2: how large
 * packets in it may be.
 */
const PREPARE = `
there() { ip link show ${TUNNEL} >/dev/null 2>&1; }
there || ip link add ${TUNNEL} type ipip nopmtudisc 2>/dev/null
there || ip tuntap add dev ${TUNNEL} mode tun 2>/dev/null
there || ip link add ${TUNNEL} type veth peer name ${END} || exit
set -e
ip link set ${TUNNEL} mtu "$2" arp off multicast off up
! ip link show ${END} >/dev/null 2>&1 || ip link set ${END} arp off multicast off addrgenmode none up
ip address replace "$1/32" dev ${TUNNEL}
ip -o -4 address show dev ${TUNNEL} | while read -r _ _ _ old _; do
  [ "$old" = "$1/32" ] || ip address delete "$old" dev ${TUNNEL}
done
ip -d link show ${TUNNEL} | grep -owm 1 -e ipip -e tun -e veth`

/**
 * One program at a time has the device: when an earlier Calico has left its own, this one waits, and takes over when that ends. Both are
 * known by their pid.
 */
const RUN = `echo $$ >/run/knet-ipip.next
exec 9>/run/knet-ipip.lock
flock 9
mv /run/knet-ipip.next /run/knet-ipip.pid
# Perl would make a TUN of its own, which goes when it ends.
ip link show "$1" >/dev/null 2>&1 || { echo "$1 is gone"; exit 1; }
exec perl - "$@"`

/** IP-in-IP on one machine: tunl0, and the program behind it where the kernel has none. */
export class IpipTunnel {
  readonly #machine: Machine
  readonly #onProblem: (problem: unknown) => void
  readonly #shell: NodeShell
  #program: KeptProgram | undefined

  /** @param onProblem hears of ends of the program that nobody wanted */
  constructor(machine: Machine, onProblem: (problem: unknown) => void, shell = machineShell(machine)) {
    this.#machine = machine
    this.#onProblem = onProblem
    this.#shell = shell
  }

  /**
   * Makes tunl0 be there with an address, whether it was before or not.
   * @returns what it is made of. @throws LabError KNET_TUNNEL with the tools' words
   */
  async ensure(address: string, mtu = TUNNEL_MTU): Promise<TunnelKind> {
    const { exitCode, output } = await this.#shell.run(
      `${commandLine(['set', '--', address, String(mtu)])}\n${PREPARE}`,
    )
    if (exitCode !== 0) {
      const message = `${TUNNEL} could not be made on ${this.#machine.name}: ${output.trim()}`
      throw new LabError('KNET_TUNNEL', { message })
    }
    const kind = output.trim().split('\n').at(-1) as TunnelKind
    if (kind !== 'ipip') {
      this.#program ??= keepRunning(
        this.#machine,
        {
          name: `the program behind ${TUNNEL}`,
          code: 'KNET_TUNNEL',
          argv: ['sh', '-c', RUN, 'sh', TUNNEL, ...(kind === 'veth' ? [END] : [])],
          stdin: IPIP_PROGRAM,
        },
        this.#onProblem,
      )
    }
    return kind
  }

  /** Takes tunl0 away, and the routes through it; the kernel's first tunnel stays, down and without an address, since it can't be deleted. */
  async remove(): Promise<void> {
    const ended = this.#program?.letGo()
    this.#program = undefined
    const script = `for file in /run/knet-ipip.next /run/knet-ipip.pid; do
  kill "$(cat $file)" && rm $file
done 2>/dev/null
ip address flush dev ${TUNNEL}; ip link set ${TUNNEL} down; ip link delete ${TUNNEL}`
    await this.#machine.exec(['sh', '-c', script])
    await ended
  }

  /** Looks after it no longer; packets go on through it. A program that was waiting for its turn ends. */
  async leave(): Promise<void> {
    void this.#program?.letGo()
    this.#program = undefined
    await this.#machine.exec([
      'sh',
      '-c',
      'kill "$(cat /run/knet-ipip.next)" 2>/dev/null; rm -f /run/knet-ipip.next',
    ])
  }
}
