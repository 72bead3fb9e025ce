import { TUNNEL_MTU } from './tunnel/ipip-tunnel.ts'

const UNDERLAY_MTU = 1500

/**
 * What calico/node and its init container leave on a node, by path: which node it is and how large packets may be, for the plugin; then the
 * configuration that makes the node Ready.
 */
export function nodeFiles(node: string, hasTunnel: boolean): ReadonlyMap<string, string> {
  return new Map([
    ['/var/lib/calico/nodename', node],
    ['/var/lib/calico/mtu', String(hasTunnel ? TUNNEL_MTU : UNDERLAY_MTU)],
    ['/etc/cni/net.d/10-calico.conflist', conflist(node)],
  ])
}

/** As Calico's manifest has it, once its init container has filled it in. */
function conflist(node: string): string {
  return `{
  "name": "k8s-pod-network",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "calico",
      "log_level": "info",
      "log_file_path": "/var/log/calico/cni/cni.log",
      "datastore_type": "kubernetes",
      "nodename": "${node}",
      "mtu": 0,
      "ipam": {
          "type": "calico-ipam"
      },
      "policy": {
          "type": "k8s"
      },
      "kubernetes": {
          "kubeconfig": "/etc/cni/net.d/calico-kubeconfig"
      }
    },
    {
      "type": "portmap",
      "snat": true,
      "capabilities": {"portMappings": true}
    }
  ]
}`
}
