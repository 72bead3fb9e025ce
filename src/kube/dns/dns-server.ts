import type { KubeClient } from '../client.ts'
import { watchCluster } from './cluster-watch.ts'
import { forwarderTo, type Upstream } from './forward.ts'
import { listenDns } from './listen.ts'
import { serveLook } from './look.ts'
import { createMetrics } from './metrics.ts'
import { createResolver } from './resolver.ts'

export interface DnsServerOptions {
  readonly client: KubeClient
  /** Name servers for what is not the cluster's; with none, such queries are refused. */
  readonly upstreams: readonly Upstream[]
  /** 53; 0 takes a free one. */
  readonly port: number
  /** /health, 8080. */
  readonly healthPort: number
  /** /ready, 8181. */
  readonly readyPort: number
  /** /metrics, 9153. */
  readonly metricsPort: number
}

export interface DnsServer {
  readonly port: number
  /** Resolves when the cluster has been read and queries about it are answered. */
  readonly ready: Promise<void>
  close(): void
}

/** Starts the cluster's DNS. @throws the system's error when a port is taken. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { client, upstreams, port, healthPort, readyPort, metricsPort } = options
  const metrics = createMetrics()
  const cluster = watchCluster(client, Date.now)
  const resolver = createResolver({
    view: () => cluster.view(),
    forward: upstreams.length ? forwarderTo(upstreams) : undefined,
    random: Math.random,
  })
  const [listener, ...lookServers] = await Promise.all([
    listenDns(metrics.counted(resolver), port),
    serveLook(healthPort, '/health', () => 'OK'),
    serveLook(readyPort, '/ready', () => cluster.view() && 'OK'),
    serveLook(metricsPort, '/metrics', () => metrics.text()),
  ])
  return {
    port: listener.port,
    ready: cluster.synced,
    close: () => {
      cluster.stop()
      listener.close()
      for (const server of lookServers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}
