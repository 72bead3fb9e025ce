import { dirname } from 'node:path'
import { quoted } from '../machine/quote.ts'
import type { MachineSpec } from '../machine/topology.ts'
import { kubeletConfig, KUBELET_CONFIG, nodeConfig, startingTaint } from './config.ts'
import { CONTAINERD_TEMPLATE, containerdTemplate } from './containerd-config.ts'
import { KILLALL, killallScript, uninstallOf, uninstallScript } from './killall.ts'
import { ipipFiles, IPIP_BY_ITSELF, IPIP_UNIT } from './ipip.ts'
import { asksForDocker, NO_DOCKER_FILE } from './no-docker.ts'
import { nodePassword, type K3sPlan } from './plan.ts'
import type { Survey } from './survey.ts'
import { BEGIN_KEEPER, KEEPER, keeperScript } from './service.ts'
import { environmentOf, PREPARE, prepareScript, unitAddition, unitFile, unitOf } from './unit.ts'

interface File {
  readonly path: string
  readonly content: string
  readonly mode: '600' | '644' | '700' | '755'
}

/** Where a machine has the program. */
export const K3S_BIN = '/usr/local/bin/k3s'

/**
 * A shell script that makes a machine a node, as k3s' installer would leave it, and starts k3s without waiting for it.
 * @param manifests for the server to apply by itself, by their files' names.
 */
export function setupScript(
  plan: K3sPlan,
  node: MachineSpec,
  survey: Survey,
  manifests: ReadonlyMap<string, string>,
): string {
  const isServer = node === plan.server
  const unit = unitOf(isServer)
  const files = [...nodeFiles(plan, node, survey), ...(isServer ? manifestFiles(manifests) : [])]
  return [
    'set -e',
    ...files.map(writing),
    `for name in kubectl crictl ctr; do ln -sf k3s /usr/local/bin/$name; done`,
    ...(survey.systemd
      ? bySystemd([...(plan.ipip ? [IPIP_UNIT] : []), unit])
      : [...(plan.ipip ? [IPIP_BY_ITSELF] : []), ...byItself(isServer)]),
    '',
  ].join('\n')
}

function nodeFiles(plan: K3sPlan, node: MachineSpec, survey: Survey): File[] {
  const isServer = node === plan.server
  const unit = `/etc/systemd/system/${unitOf(isServer)}.service`
  return [
    {
      path: '/etc/rancher/k3s/config.yaml',
      content: nodeConfig(plan, node, survey) + startingTaint(plan),
      mode: '600',
    },
    ...(plan.ipip === undefined ? [] : ipipFiles(plan.ipip)),
    { path: KUBELET_CONFIG, content: kubeletConfig(), mode: '644' },
    { path: '/etc/rancher/node/password', content: `${nodePassword(plan, node)}\n`, mode: '600' },
    ...(asksForDocker(survey.version) ? [NO_DOCKER_FILE] : []),
    { path: PREPARE, content: prepareScript(plan, node), mode: '700' },
    { path: unit, content: unitFile(isServer), mode: '644' },
    { path: `${unit}.env`, content: environmentOf(plan, node), mode: '600' },
    { path: `${unit}.d/knet-labs.conf`, content: unitAddition(), mode: '644' },
    { path: KILLALL, content: killallScript(), mode: '755' },
    { path: uninstallOf(isServer), content: uninstallScript(isServer), mode: '755' },
    ...(survey.oom
      ? []
      : [{ path: CONTAINERD_TEMPLATE, content: containerdTemplate(), mode: '644' } as const]),
  ]
}

function manifestFiles(manifests: ReadonlyMap<string, string>): File[] {
  const folder = '/var/lib/rancher/k3s/server/manifests'
  return [...manifests].map(([name, content]) => ({ path: `${folder}/${name}`, content, mode: '600' }))
}

const END = 'KNET_END_OF_FILE'

function writing({ path, content, mode }: File): string {
  const text = content.endsWith('\n') || content === '' ? content : `${content}\n`
  return `mkdir -p ${quoted(dirname(path))}
cat >${quoted(path)} <<'${END}'
${text}${END}
chmod ${mode} ${quoted(path)}`
}

/** systemd may still be on its way up: its manager answers a moment after it has become the first process. */
function bySystemd(units: readonly string[]): string[] {
  return [
    `mkdir -p /etc/systemd/system/multi-user.target.wants`,
    ...units.map(
      (unit) => `ln -sf /etc/systemd/system/${unit}.service /etc/systemd/system/multi-user.target.wants/`,
    ),
    `for try in $(seq 100); do systemctl daemon-reload 2>/dev/null && break; sleep 0.05; done`,
    `systemctl start --no-block ${units.join(' ')}`,
  ]
}

/** Where there is no systemd a shell does what the unit says. */
const byItself = (isServer: boolean): string[] => [
  writing({ path: KEEPER, content: keeperScript(isServer), mode: '700' }),
  BEGIN_KEEPER,
]
