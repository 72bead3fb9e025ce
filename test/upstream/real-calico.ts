import { readFileSync } from 'node:fs'
import type { Stranger } from '../helpers/cli.ts'

/** Programs of a real Calico; it is not ours to give away, so who runs the test brings them. */
export interface Programs {
  readonly node: string
  readonly cni: string
}

export const NODES = ['node0', 'node1', 'node2'] as const

/** As Calico's manifest starts it; again whenever it ends, as runit does: it ends by itself when pools want another kind of tunnel. */
const START = `#!/bin/sh
export DATASTORE_TYPE=kubernetes KUBECONFIG=/root/.kube/config NODENAME=$(hostname) FELIX_FELIXHOSTNAME=$(hostname)
export CALICO_NETWORKING_BACKEND=none CLUSTER_TYPE=k8s,bgp NO_DEFAULT_POOLS=true IP=autodetect WAIT_FOR_DATASTORE=true
export FELIX_IPV6SUPPORT=false FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT FELIX_HEALTHENABLED=true
export CALICO_DISABLE_FILE_LOGGING=true FELIX_LOGSEVERITYSCREEN=Info
/opt/calico-node -startup
setsid sh -c 'while :; do /opt/calico-node -felix; sleep 0.1; done' >/opt/felix.log 2>&1 &
setsid sh -c 'while :; do /opt/calico-node -allocate-tunnel-addrs; sleep 0.1; done' >/opt/tunnels.log 2>&1 &
`

const PLUGIN = `
mkdir -p /opt/cni/bin /etc/cni/net.d /var/lib/calico /var/log/calico/cni
ln -f /opt/calico /opt/cni/bin/calico
ln -f /opt/calico /opt/cni/bin/calico-ipam
hostname >/var/lib/calico/nodename
cp /root/.kube/config /etc/cni/net.d/calico-kubeconfig
`

function networkOf(node: string): string {
  const calico = {
    type: 'calico',
    log_level: 'info',
    log_file_path: '/var/log/calico/cni/cni.log',
    datastore_type: 'kubernetes',
    nodename: node,
    mtu: 1480,
    ipam: { type: 'calico-ipam' },
    policy: { type: 'k8s' },
    kubernetes: { kubeconfig: '/etc/cni/net.d/calico-kubeconfig' },
  }
  return JSON.stringify({ name: 'k8s-pod-network', cniVersion: '0.3.1', plugins: [calico] })
}

/** Gives a cluster without a network plugin a real Calico. Its kinds have to be there. */
export async function installRealCalico(stranger: Stranger, programs: Programs): Promise<void> {
  const calicoNode = readFileSync(programs.node)
  const plugin = readFileSync(programs.cni)
  const put = async (node: string, path: string, input: string | Buffer) => {
    const script = `mkdir -p "\${0%/*}"; cat >"$0"; chmod +x "$0"`
    const { code, stderr } = await stranger.run(['exec', node, '--', 'sh', '-c', script, path], { input })
    if (code !== 0) throw new Error(`${path} on ${node}: ${stderr}`)
  }
  for (const node of NODES) {
    await put(node, '/opt/calico-node', calicoNode)
    await put(node, '/opt/calico', plugin)
    await put(node, '/opt/start', START)
    await stranger.on(node, PLUGIN)
    await stranger.on(node, '/opt/start >/opt/startup.log 2>&1')
    await put(node, '/etc/cni/net.d/10-calico.conflist', networkOf(node))
  }
}
