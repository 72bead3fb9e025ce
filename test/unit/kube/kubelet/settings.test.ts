import { expect, test } from 'vitest'
import { backoff, goDuration } from '../../../../src/kube/kubelet/backoff.ts'
import { expand } from '../../../../src/kube/kubelet/expand.ts'
import { canonicalImage } from '../../../../src/kube/kubelet/images.ts'
import { nodeProbe } from '../../../../src/kube/kubelet/probe-command.ts'
import { runProber } from '../../../../src/kube/kubelet/prober.ts'
import { resolvConf } from '../../../../src/kube/kubelet/resolv-conf.ts'
import { serviceEnv } from '../../../../src/kube/kubelet/service-env.ts'
import { mountsOf, resolveVolumes } from '../../../../src/kube/kubelet/volumes.ts'
import type { Pod, PodSpec, Service } from '../../../../src/kube/objects.ts'

const DNS = {
  clusterDNS: '10.43.0.10',
  clusterDomain: 'cluster.local',
  nodeResolvConf: 'search example.org\nnameserver 172.19.0.1\n',
}
const conf = (spec: Partial<PodSpec>) => resolvConf({ containers: [], ...spec }, 'shop', DNS)

test('resolv.conf follows dnsPolicy and dnsConfig', () => {
  const cluster = `search shop.svc.cluster.local svc.cluster.local cluster.local example.org
nameserver 10.43.0.10
options ndots:5
`
  const node = 'search example.org\nnameserver 172.19.0.1\n'
  expect(conf({})).toBe(cluster)
  expect(conf({ hostNetwork: true })).toBe(node)
  expect(conf({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })).toBe(cluster)
  expect(conf({ dnsPolicy: 'Default' })).toBe(node)
  expect(
    conf({
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a.b'], options: [{ name: 'ndots', value: '2' }] },
    }),
  ).toBe('search a.b\nnameserver 1.1.1.1\noptions ndots:2\n')
  expect(conf({ dnsConfig: { options: [{ name: 'ndots', value: '1' }, { name: 'rotate' }] } })).toContain(
    'options ndots:1 rotate\n',
  )
})

function service(namespace: string, name: string, clusterIP: string, ports: object[]): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { clusterIP, ports },
  } as Service
}

test('services of the pod’s namespace and the master service become variables', () => {
  const services = [
    service('default', 'kubernetes', '10.43.0.1', [{ name: 'https', port: 443 }]),
    service('shop', 'my-db', '10.43.0.7', [{ port: 5432, protocol: 'TCP' }]),
    service('shop', 'headless', 'None', [{ port: 1 }]),
    service('other', 'far', '10.43.0.8', [{ port: 1 }]),
  ]
  expect(serviceEnv(services, 'shop')).toEqual({
    KUBERNETES_SERVICE_HOST: '10.43.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://10.43.0.1:443',
    KUBERNETES_PORT_443_TCP: 'tcp://10.43.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
    KUBERNETES_PORT_443_TCP_PORT: '443',
    KUBERNETES_PORT_443_TCP_ADDR: '10.43.0.1',
    MY_DB_SERVICE_HOST: '10.43.0.7',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_PORT: 'tcp://10.43.0.7:5432',
    MY_DB_PORT_5432_TCP: 'tcp://10.43.0.7:5432',
    MY_DB_PORT_5432_TCP_PROTO: 'tcp',
    MY_DB_PORT_5432_TCP_PORT: '5432',
    MY_DB_PORT_5432_TCP_ADDR: '10.43.0.7',
  })
  expect(Object.keys(serviceEnv(services, 'shop', false)).every((key) => key.startsWith('KUBERNETES_'))).toBe(
    true,
  )
})

test('references expand, unknown ones stay, and $$ escapes', () => {
  expect(expand('$(A) $(B) $$(A) $A', { A: '1' })).toBe('1 $(B) $(A) $A')
  expect(expand('$(constructor)', {})).toBe('$(constructor)')
})

test('image names are completed as containerd completes them', () => {
  expect(canonicalImage('nginx')).toBe('docker.io/library/nginx:latest')
  expect(canonicalImage('paulbouwer/hello-kubernetes:1.5')).toBe('docker.io/paulbouwer/hello-kubernetes:1.5')
  expect(canonicalImage('registry.k8s.io/e2e-test-images/agnhost:2.40')).toBe(
    'registry.k8s.io/e2e-test-images/agnhost:2.40',
  )
  expect(canonicalImage('localhost:5000/x')).toBe('localhost:5000/x:latest')
})

test('crashes back off from nothing over ten seconds to five minutes', () => {
  const crashes = backoff(true)
  expect(Array.from({ length: 8 }, () => crashes.next() / 1000)).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
  crashes.ran(11 * 60_000)
  expect(crashes.next()).toBe(0)
  expect([10_000, 80_000, 300_000].map(goDuration)).toEqual(['10s', '1m20s', '5m0s'])
})

const CONTAINER = { name: 'c', ports: [{ name: 'web', containerPort: 8080 }] }

test('HTTP probes succeed from 200 to 399 and fail in the kubelet’s words', () => {
  const probe = nodeProbe(
    { httpGet: { port: 'web', path: 'ok', httpHeaders: [{ name: 'Host', value: 'x' }] } },
    CONTAINER,
    '10.42.0.5',
  )
  expect(probe?.argv).toContain('Host: x')
  expect(probe?.argv.at(-1)).toBe('http://10.42.0.5:8080/ok')
  const read = (exitCode: number, output: string) => probe?.read({ exitCode, output })
  expect(read(0, '\nHTTP_STATUS:302')).toEqual({ ok: true, output: '' })
  expect(read(0, '\nHTTP_STATUS:503')?.output).toBe('HTTP probe failed with statuscode: 503')
  expect(read(7, 'curl: (7) refused\nHTTP_STATUS:000')?.output).toBe(
    'Get "http://10.42.0.5:8080/ok": dial tcp 10.42.0.5:8080: connect: connection refused',
  )
  expect(read(28, '\nHTTP_STATUS:000')?.output).toBe(
    'Get "http://10.42.0.5:8080/ok": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  )
})

test('a probe needs as many results in a row as its thresholds say', async () => {
  const results = [true, false, false, true, false, false, false, true, true]
  const ending = new AbortController()
  const verdicts: boolean[] = []
  let failures = 0
  await runProber({
    probe: { periodSeconds: 0.001, successThreshold: 2, failureThreshold: 3 },
    signal: ending.signal,
    initially: true,
    async run() {
      const ok = results.shift()
      if (ok === undefined) ending.abort()
      return { ok: ok ?? true, output: '' }
    },
    onVerdict: (ok) => verdicts.push(ok),
    onFailure: () => failures++,
  })
  expect(verdicts).toEqual([false, true])
  expect(failures).toBe(5)
})

test('volumes become files and mounts where the container wants them', async () => {
  const pod = {
    metadata: { name: 'p', namespace: 'shop', uid: 'u1', labels: { app: 'web' } },
    spec: {
      containers: [],
      volumes: [
        { name: 'conf', configMap: { name: 'm', items: [{ key: 'a', path: 'dir/a.txt', mode: 0o600 }] } },
        {
          name: 'labels',
          downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
        },
        { name: 'scratch', emptyDir: {} },
        { name: 'host', hostPath: { path: '/var/log' } },
      ],
    },
  } as unknown as Pod
  const volumes = await resolveVolumes({
    pod,
    facts: { podIP: '', hostIP: '', nodeName: '' },
    references: { configMap: async () => ({ a: '1', b: '2' }), secret: async () => ({}) },
    tokenFor: () => '',
  })
  const mounted = mountsOf(
    {
      name: 'c',
      volumeMounts: [
        { name: 'conf', mountPath: '/etc/conf' },
        { name: 'conf', mountPath: '/one', subPath: 'dir/a.txt' },
        { name: 'labels', mountPath: '/info' },
        { name: 'scratch', mountPath: '/tmp' },
        { name: 'host', mountPath: '/logs', subPath: 'pods', readOnly: true },
      ],
    },
    volumes,
  )
  expect(mounted).toEqual({
    files: [
      { path: '/etc/conf/dir/a.txt', content: '1', mode: 0o600 },
      { path: '/one', content: '1', mode: 0o600 },
      { path: '/info/labels', content: 'app="web"', mode: 0o644 },
    ],
    mounts: [
      {
        hostPath: '/var/lib/kubelet/pods/u1/volumes/kubernetes.io~empty-dir/scratch',
        mountPath: '/tmp',
        readOnly: false,
      },
      { hostPath: '/var/log/pods', mountPath: '/logs', readOnly: true },
    ],
  })
})
