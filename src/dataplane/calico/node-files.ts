/**
 * What calico/node and its init container leave on a node, by path: which node it is and how large pods' packets may be, for the plugin; then
 * the configuration that makes the node Ready.
 * @param mtu what fits into the node's tunnels
 * @param asked what pods are to have instead; 0 for that
 */
export function nodeFiles(node: string, mtu: number, asked: number): ReadonlyMap<string, string> {
  return new Map([
    ['/var/lib/calico/nodename', node],
    ['/var/lib/calico/mtu', String(mtu)],
    ['/etc/cni/net.d/10-calico.conflist', conflist(node, asked)],
  ])
}

/** As Calico's manifest has it, once its init container has filled it in. */
function conflist(node: string, mtu: number): string {
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
      "mtu": ${mtu},
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
