import type { KubeClient } from '../client.ts'
import * as kinds from '../resources.ts'
import type { ResourceType } from '../resources.ts'
import { ControllerContext } from './context.ts'
import { startDaemonSets } from './daemon-set.ts'
import { startDeployments } from './deployment.ts'
import { startEndpointSlices } from './endpoint-slices.ts'
import { startEndpoints } from './endpoints.ts'
import { startEventExpiry } from './event-expiry.ts'
import { startGarbageCollector } from './garbage-collector.ts'
import { startNamespaces } from './namespace.ts'
import { startNodeIpam, type NodeIpamConfig } from './node-ipam.ts'
import { startNodeLifecycle } from './node-lifecycle.ts'
import { startPodCollector } from './pod-collector.ts'
import { startReplicaSets } from './replica-set.ts'
import { startServiceAccounts } from './service-account.ts'
import { ensureKubernetesService, type ApiAddress } from './kubernetes-service.ts'
import { startTaintEviction } from './taint-eviction.ts'

export interface ControllerConfig extends NodeIpamConfig {
  /** PEM of the cluster's CA, for kube-root-ca.crt. */
  readonly caCertificate: string
  readonly apiEndpoint: ApiAddress
  /** A node whose lease is older is NotReady; upstream's --node-monitor-grace-period is 50 s. */
  readonly nodeGracePeriodMs: number
  /** Kinds that namespaces contain and the garbage collector looks after; default those of resources.ts. */
  readonly kinds?: readonly ResourceType[]
}

export interface ControllerOptions {
  readonly client: KubeClient
  readonly config: ControllerConfig
  readonly now?: () => Date
  /** Hears of failed syncs, which are retried: for a log. */
  readonly onError?: (controller: string, key: string, error: unknown) => void
}

/** Those that make others first, so that an emptied namespace stays empty. Events are nobody's dependents. */
const KINDS: readonly ResourceType[] = [
  kinds.DEPLOYMENTS,
  kinds.REPLICA_SETS,
  kinds.DAEMON_SETS,
  kinds.SERVICES,
  kinds.PODS,
  kinds.ENDPOINTS,
  kinds.ENDPOINT_SLICES,
  kinds.CONFIG_MAPS,
  kinds.SECRETS,
  kinds.SERVICE_ACCOUNTS,
  kinds.ROLE_BINDINGS,
  kinds.ROLES,
  kinds.POD_DISRUPTION_BUDGETS,
  kinds.NETWORK_POLICIES,
  kinds.LEASES,
  kinds.EVENTS,
]

/** Starts all controllers, as kube-controller-manager. They begin when their informers have synced. */
export function startControllers(options: ControllerOptions): { stop(): void } {
  const { client, config, onError } = options
  const context = new ControllerContext(options)
  const all = config.kinds ?? KINDS
  startDeployments(context)
  startReplicaSets(context)
  startDaemonSets(context)
  startEndpointSlices(context)
  startEndpoints(context)
  startNodeIpam(context, config)
  startNodeLifecycle(context, { graceMs: config.nodeGracePeriodMs })
  startTaintEviction(context)
  startPodCollector(context)
  startEventExpiry(context)
  startServiceAccounts(context, config.caCertificate)
  startNamespaces(context, all)
  startGarbageCollector(context, [...all.filter((kind) => kind.kind !== 'Event'), kinds.NODES])
  const failed = (error: unknown) => onError?.('start', '', error)
  ensureKubernetesService(client, config.apiEndpoint).catch(failed)
  context.start().catch(failed)
  return context
}
