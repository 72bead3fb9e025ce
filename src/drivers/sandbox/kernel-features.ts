import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import type { Finding } from '../../machine/driver.ts'
import { hostExec } from '../../machine/host.ts'
import { findProgram } from '../../machine/packages.ts'
import { NO_UNSHARE } from './container-features.ts'
import { nameObstacle, usernsHere } from './userns.ts'

/** Something of the kernel's that is tried in a network namespace nobody sees. */
interface Feature {
  readonly name: string
  readonly why: string
  readonly required: boolean
  /** Shell that succeeds when it is there. */
  readonly attempt: string
  /** What root runs to have it: loads this module, or opens this device to all. */
  readonly mend: { readonly module: string; readonly device?: string }
}

/** Adding it loads the module, which makes a tunl0 by itself: then it can't be added, but it is there. */
const HAVE_IPIP = 'ip link add tunl0 type ipip; ip link show tunl0'

const FEATURES: readonly Feature[] = [
  {
    name: 'veth',
    why: 'cables between nodes, pods and bridges',
    required: true,
    attempt: 'ip link add knv0 type veth peer name knv1',
    mend: { module: 'veth' },
  },
  {
    name: 'bridges',
    why: "the underlay, and each node's cni0",
    required: true,
    attempt: 'ip link add knb0 type bridge',
    mend: { module: 'bridge' },
  },
  {
    name: 'vxlan',
    why: "flannel's tunnel; its host-gw backend does without",
    required: true,
    attempt: 'ip link add knx0 type vxlan id 1 dstport 8472 dev knb0',
    mend: { module: 'vxlan' },
  },
  {
    name: 'NAT',
    why: 'services',
    required: true,
    attempt: 'iptables -t nat -A POSTROUTING -m comment --comment x -j MASQUERADE',
    mend: { module: 'nft_compat' },
  },
  {
    name: 'br_netfilter',
    why: 'a service whose pod is on the same node as the one that asks',
    required: false,
    attempt: '[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]',
    mend: { module: 'br_netfilter' },
  },
  {
    name: 'ipip',
    why: "Calico's tunnel at the kernel's speed; a program of ours does it otherwise",
    required: false,
    attempt: HAVE_IPIP,
    mend: { module: 'ipip' },
  },
  {
    name: 'tun',
    why: "a tunl0 that looks like the kernel's where it has no ipip; it looks like Ethernet otherwise",
    required: false,
    attempt: 'ip tuntap add dev knt0 mode tun',
    mend: { module: 'tun', device: '/dev/net/tun' },
  },
]

/** A network namespace nobody sees, for a shell to try things in. */
const NEW_NETWORK = 'unshare --user --map-root-user --net --mount -- sh -c'.split(' ')

const USERNS = {
  name: 'user namespaces',
  why: 'being root in the sandbox and nobody outside it',
  required: true,
} as const

/**
 * What the kernel lets a sandbox do. All is tried with one process and leaves nothing.
 * @param only the name of a feature: nothing else is tried, but whether anything can be
 */
export async function probeKernel(only?: string): Promise<Finding[]> {
  const features = FEATURES.filter(({ name }) => only === undefined || name === only)
  const attempts = features.map(
    ({ name, attempt }) => `said=$( { ${attempt}; } 2>&1 ) && echo "ok ${name}" || echo "no ${name} $said"`,
  )
  const script = `PATH=$PATH:/usr/sbin:/sbin; ${attempts.join('\n')}`
  if (findProgram('unshare', process.env['PATH'] ?? '') === undefined)
    return [{ ...USERNS, ok: false, ...NO_UNSHARE }]
  const tried = await hostExec([...NEW_NETWORK, script])
  const obstacle = tried.exitCode === 0 ? undefined : nameObstacle(usernsHere())
  const namespaces: Finding = {
    ...USERNS,
    ok: !obstacle,
    seen: obstacle?.what ?? 'allowed',
    ...(obstacle ? { fix: obstacle.fix } : {}),
  }
  if (obstacle) return [namespaces]
  const lines = tried.stdout.split('\n')
  return [
    namespaces,
    ...features.map((feature): Finding => {
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
        ...(ok ? {} : fixFor(feature, tool)),
      }
    }),
  ]
}

function fixFor({ mend }: Feature, missingTool: string | undefined): { fix?: string } {
  if (missingTool) return { fix: `install ${missingTool} first` }
  const sudo = process.getuid?.() === 0 ? '' : 'sudo '
  if (mend.device && existsSync(mend.device)) return { fix: `${sudo}chmod 0666 ${mend.device}` }
  return canBeLoaded(mend.module) ? { fix: `${sudo}modprobe ${mend.module}` } : {}
}

/** What a kernel was built without, nothing mends. In a container its modules can't be seen: then it may have been. */
function canBeLoaded(module: string): boolean {
  try {
    return readFileSync(`/lib/modules/${release()}/modules.dep`, 'utf8').includes(`/${module}.ko`)
  } catch {
    return true
  }
}
