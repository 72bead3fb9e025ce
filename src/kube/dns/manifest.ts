import type { ConfigMap, Deployment, KubeObject, Service, ServiceAccount } from '../objects.ts'

/** Where every pod's resolv.conf points. */
export const DNS_CLUSTER_IP = '10.43.0.10'

const NAMESPACE = 'kube-system'
const LABELS = { 'k8s-app': 'kube-dns', 'kubernetes.io/name': 'CoreDNS' }
const SELECTOR = { 'k8s-app': 'kube-dns' }

const COREFILE = `# What the cluster's DNS does. In the sandbox it is built in and does not read this file.
.:53 {
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf
    loadbalance
}
`

const serviceAccount: ServiceAccount = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'coredns', namespace: NAMESPACE },
}

const configMap: ConfigMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'coredns', namespace: NAMESPACE },
  data: { Corefile: COREFILE },
}

const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'coredns', namespace: NAMESPACE, labels: LABELS },
  spec: {
    replicas: 1,
    revisionHistoryLimit: 0,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    selector: { matchLabels: SELECTOR },
    template: {
      metadata: { labels: SELECTOR },
      spec: {
        priorityClassName: 'system-cluster-critical',
        serviceAccountName: 'coredns',
        tolerations: [
          { key: 'CriticalAddonsOnly', operator: 'Exists' },
          { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
        ],
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        // With the node's name servers, not its own.
        dnsPolicy: 'Default',
        containers: [
          {
            name: 'coredns',
            image: 'coredns',
            imagePullPolicy: 'IfNotPresent',
            ports: [
              { name: 'dns', containerPort: 53, protocol: 'UDP' },
              { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
              { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
            ],
            readinessProbe: {
              httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' },
              periodSeconds: 2,
              timeoutSeconds: 1,
              failureThreshold: 3,
            },
            livenessProbe: {
              httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
              initialDelaySeconds: 60,
              periodSeconds: 10,
              timeoutSeconds: 1,
              failureThreshold: 3,
            },
          },
        ],
      },
    },
  },
}

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kube-dns',
    namespace: NAMESPACE,
    labels: { ...LABELS, 'kubernetes.io/cluster-service': 'true' },
  },
  spec: {
    selector: SELECTOR,
    clusterIP: DNS_CLUSTER_IP,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      { name: 'metrics', port: 9153, protocol: 'TCP' },
    ],
  },
}

/** The objects of the DNS add-on, in the order to create them. */
export function dnsManifest(): readonly KubeObject[] {
  return [serviceAccount, configMap, service, deployment]
}
