import { setTimeout as delay } from 'node:timers/promises'
import { createApiServer, type ApiServer } from '../../src/kube/api/api-server.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { startControllers, type ControllerConfig } from '../../src/kube/controllers/start-controllers.ts'
import type { Deployment, Node, Pod } from '../../src/kube/objects.ts'
import { createRegistry } from '../../src/kube/registry/registry.ts'
import { NODES, PODS } from '../../src/kube/resources.ts'
import { startScheduler } from '../../src/kube/scheduler/scheduler.ts'
import { loadSchema } from '../../src/kube/schema/schema.ts'
import { timestamp } from '../../src/kube/timestamp.ts'

export interface ControlPlane {
  readonly server: ApiServer
  readonly client: KubeClient
  /** Failed syncs: `controller key error`. */
  readonly errors: string[]
  stop(): void
}

const schema = loadSchema()

/** A real API server with all controllers and the scheduler, in this process. */
export function controlPlane(config: Partial<ControllerConfig> & { scheduler?: boolean } = {}): ControlPlane {
  const server = createApiServer({ registry: createRegistry(), schema })
  const errors: string[] = []
  const onError = (controller: string, key: string, error: unknown) =>
    void errors.push(`${controller} ${key} ${String(error)}`)
  const controllers = startControllers({
    client: server.clientFor('kube-controller-manager'),
    onError,
    config: {
      podCIDR: '10.42.0.0/16',
      nodeMaskSize: 24,
      caCertificate: 'PEM',
      apiEndpoint: { ip: '172.19.0.2', port: 6443, clusterIP: '10.43.0.1' },
      nodeGracePeriodMs: 40_000,
      ...config,
    },
  })
  const scheduler =
    config.scheduler === false
      ? undefined
      : startScheduler({ client: server.clientFor('kube-scheduler'), onError })
  return {
    server,
    client: server.client,
    errors,
    stop() {
      controllers.stop()
      scheduler?.stop()
    },
  }
}

/** Looks at the cluster until it is as wanted; fails with what was seen last. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  wanted: (seen: T) => boolean,
  deadlineMs = 5000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const seen = await look()
    if (wanted(seen)) return seen
    if (performance.now() > end) throw new Error(`last seen: ${JSON.stringify(seen)?.slice(0, 2000)}`)
    await delay(5)
  }
}

export function readyNode(name: string, more: Partial<Node> = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    ...more,
    metadata: { name, labels: { 'kubernetes.io/hostname': name }, ...more.metadata },
    status: {
      allocatable: { cpu: '2', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: timestamp(new Date()) }],
      ...more.status,
    },
  }
}

export async function addNodes(client: KubeClient, ...names: string[]): Promise<void> {
  for (const name of names) await client.create(NODES, readyNode(name))
}

export function deployment(name: string, replicas: number, more: object = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'nginx:1', ports: [{ name: 'http', containerPort: 80 }] }] },
      },
      ...more,
    },
  }
}

export async function podsOf(client: KubeClient, app: string): Promise<Pod[]> {
  const { items } = await client.list(PODS, { namespace: 'default', labelSelector: `app=${app}` })
  return items.sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
}

/** Plays every node's kubelet: bound pods run and are ready at once, deleted ones go. */
export function playKubelets(client: KubeClient): () => void {
  const informer = client.informer(PODS)
  let next = 2
  informer.onChange(({ type, object: pod }) => {
    if (type === 'deleted' || !pod.spec?.nodeName) return
    const { namespace = '', name } = pod.metadata
    if (pod.metadata.deletionTimestamp) {
      void client.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0 }).catch(() => {})
    } else if (!pod.status?.podIP) {
      void client.update(PODS, running(pod, `10.42.0.${next++}`), 'status').catch(() => {})
    }
  })
  return () => informer.stop()
}

export function running(pod: Pod, podIP: string, ready = true): Pod {
  const time = timestamp(new Date())
  const status = ready ? 'True' : 'False'
  const { resourceVersion: _, ...metadata } = pod.metadata
  return {
    ...pod,
    metadata,
    status: {
      ...pod.status,
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      conditions: [
        ...(pod.status?.conditions ?? []).filter((one) => one.type !== 'Ready'),
        { type: 'Ready', status, lastTransitionTime: time },
      ],
    },
  }
}
