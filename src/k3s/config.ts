import { apiOf, type K3sPlan } from './plan.ts'
import type { MachineSpec } from '../machine/topology.ts'
import type { Survey } from './survey.ts'

/**
 * On every node until its network can take pods: one that comes before waits ten seconds and more for the next try.
 * The provisioner takes it off, and a node that registers again later hasn't got it.
 */
export const STARTING_TAINT = { key: 'knet-labs/starting', effect: 'NoSchedule' } as const

/** What k3s brings that no lab uses: each is a pod or more on machines that are small. */
const UNUSED = ['traefik', 'servicelb', 'metrics-server', 'local-storage']

type Options = Readonly<Record<string, string | boolean | readonly string[]>>

/**
 * /etc/rancher/k3s/config.yaml of a node: flags of `k3s server` and `k3s agent` by their names, only such as every version
 * since 1.20 has.
 */
export function nodeConfig(plan: K3sPlan, node: MachineSpec, survey: Survey): string {
  const isServer = node === plan.server
  const hasFlannel = plan.podNetwork.kind === 'flannel'
  return yaml({
    ...(isServer ? serverOptions(plan) : { server: apiOf(plan) }),
    token: plan.token,
    'node-name': node.name,
    'node-ip': node.address,
    ...(hasFlannel ? { 'flannel-iface': 'eth0' } : {}),
    'kubelet-arg': [`config=${KUBELET_CONFIG}`, ...(survey.groups === 'v2' && !survey.oom ? CGROUPFS : [])],
  })
}

/** Only for the first start: a line more of {@link nodeConfig}. */
export const startingTaint = ({ podNetwork }: K3sPlan): string =>
  podNetwork.kind === 'flannel'
    ? yaml({ 'node-taint': [`${STARTING_TAINT.key}=:${STARTING_TAINT.effect}`] })
    : ''

/** With our own configuration of containerd (containerd-config.ts), which doesn't ask systemd. */
const CGROUPFS = ['cgroup-driver=cgroupfs']

function serverOptions({ podNetwork, apiHost }: K3sPlan): Options {
  return {
    ...(apiHost === undefined ? {} : { 'tls-san': [apiHost] }),
    'cluster-cidr': podNetwork.podCIDR,
    'flannel-backend': podNetwork.kind === 'flannel' ? podNetwork.backend : 'none',
    ...(podNetwork.kind === 'flannel' ? {} : { 'disable-network-policy': true }),
    disable: UNUSED,
  }
}

export const KUBELET_CONFIG = '/etc/rancher/k3s/kubelet.yaml'

/**
 * A kubelet says that its node is Ready when it is next due: every 10 s upstream. What has not changed is still said every 5 minutes
 * only. As long it waits for answers of the API, so less would be too little for a busy machine.
 */
export const kubeletConfig = (): string =>
  yaml({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    nodeStatusUpdateFrequency: '4s',
    nodeStatusReportFrequency: '5m',
  })

function yaml(options: Options): string {
  return Object.entries(options)
    .map(([key, value]) =>
      Array.isArray(value)
        ? `${key}:\n${value.map((item) => `- ${JSON.stringify(item)}\n`).join('')}`
        : `${key}: ${JSON.stringify(value)}\n`,
    )
    .join('')
}
