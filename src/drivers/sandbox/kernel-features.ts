import { hostExec } from '../../machine/host.ts'
import type { Finding } from '../../machine/driver.ts'
import { nameObstacle, usernsHere } from './userns.ts'

/** Something of the kernel's that is tried in a network namespace nobody sees. */
interface Feature {
  readonly name: string
  readonly why: string
  readonly required: boolean
  /** Shell that succeeds when it is there. */
  readonly attempt: string
  /** What root runs to have it. */
  readonly mend: string
}

/** Adding it loads the module, which makes a tunl0 by itself: then it can't be added, but it is there. */
const HAVE_IPIP = 'ip link add tunl0 type ipip; ip link show tunl0'

const FEATURES: readonly Feature[] = [
  {
    name: 'veth',
    why: 'cables between nodes, pods and bridges',
    required: true,
    attempt: 'ip link add knv0 type veth peer name knv1',
    mend: 'modprobe veth',
  },
  {
    name: 'bridges',
    why: "the underlay, and each node's cni0",
    required: true,
    attempt: 'ip link add knb0 type bridge',
    mend: 'modprobe bridge',
  },
  {
    name: 'vxlan',
    why: "flannel's tunnel; its host-gw backend does without",
    required: true,
    attempt: 'ip link add knx0 type vxlan id 1 dstport 8472 dev knb0',
    mend: 'modprobe vxlan',
  },
  {
    name: 'NAT',
    why: 'services',
    required: true,
    attempt: 'iptables -t nat -A POSTROUTING -m comment --comment x -j MASQUERADE',
    mend: 'modprobe nft_compat',
  },
  {
    name: 'br_netfilter',
    why: 'a service whose pod is on the same node as the one that asks',
    required: false,
    attempt: '[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]',
    mend: 'modprobe br_netfilter',
  },
  {
    name: 'ipip',
    why: "Calico's tunnel at the kernel's speed; a program of ours does it otherwise",
    required: false,
    attempt: HAVE_IPIP,
    mend: 'modprobe ipip',
  },
  {
    name: 'tun',
    why: "a tunl0 that looks like the kernel's where it has no ipip; it looks like Ethernet otherwise",
    required: false,
    attempt: 'ip tuntap add dev knt0 mode tun',
    mend: 'sh -c "modprobe tun; chmod 666 /dev/net/tun"',
  },
]

/** Whether tunl0 would be the kernel's own. */
export async function kernelHasIpip(): Promise<boolean> {
  const script = `PATH=$PATH:/usr/sbin:/sbin; ${HAVE_IPIP}`
  return (await hostExec([...NEW_NETWORK, script])).exitCode === 0
}

/** A network namespace nobody sees, for a shell to try things in. */
const NEW_NETWORK = 'unshare --user --map-root-user --net --mount -- sh -c'.split(' ')

/** What the kernel lets a sandbox do. All is tried with one process and leaves nothing. */
export async function probeKernel(): Promise<Finding[]> {
  const attempts = FEATURES.map(
    ({ name, attempt }) => `said=$( { ${attempt}; } 2>&1 ) && echo "ok ${name}" || echo "no ${name} $said"`,
  )
  const script = `PATH=$PATH:/usr/sbin:/sbin; ${attempts.join('\n')}`
  const tried = await hostExec([...NEW_NETWORK, script])
  const obstacle = tried.exitCode === 0 ? undefined : nameObstacle(usernsHere())
  const namespaces: Finding = {
    name: 'user namespaces',
    why: 'being root in the sandbox and nobody outside it',
    required: true,
    ok: !obstacle,
    seen: obstacle?.what ?? 'allowed',
    ...(obstacle ? { fix: obstacle.fix } : {}),
  }
  if (obstacle) return [namespaces]
  const lines = tried.stdout.split('\n')
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  return [
    namespaces,
    ...FEATURES.map((feature): Finding => {
      const ok = lines.includes(`ok ${feature.name}`)
      const refusal = lines
        .find((line) => line.startsWith(`no ${feature.name} `))
        ?.slice(feature.name.length + 4)
      const tool = /(\w+): (?:command )?not found/.exec(refusal ?? '')?.[1]
      return {
        name: feature.name,
        why: feature.why,
        required: feature.required,
        ok,
        seen: ok ? 'works' : tool ? `can't be tried without ${tool}` : refusal || 'not there',
        ...(ok ? {} : { fix: tool ? `install ${tool} first` : sudo + feature.mend }),
      }
    }),
  ]
}
