import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDnsServer } from '../kube/dns/dns-server.ts'
import { nameserversOf, parseUpstream, type Upstream } from '../kube/dns/forward.ts'
import { createHttpClient } from '../kube/http-client.ts'

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The API server as a pod finds it: its address in the environment, the token and the CA where the kubelet put them. */
function inClusterClient(env: NodeJS.ProcessEnv, folder: string) {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '10.43.0.1'
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443'
  return createHttpClient({
    server: `https://${host}:${port}`,
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    token: readFileSync(join(folder, 'token'), 'utf8').trim(),
    manager: 'coredns',
  })
}

/** Those given, else those of /etc/resolv.conf, if it is there. */
function upstreamsOf(given: readonly string[] | undefined, resolvConf: string): Upstream[] {
  if (given) return given.flatMap((list) => list.split(',')).map(parseUpstream)
  try {
    return nameserversOf(readFileSync(resolvConf, 'utf8'))
  } catch {
    return []
  }
}

/**
 * The program of the image `coredns`: the cluster's DNS on port 53, /health on 8080, /ready on 8181, /metrics on 9153.
 * Runs until SIGTERM or SIGINT.
 *
 * `--forward ADDRESS[:PORT],…` names the servers to ask about the rest of the world instead of those in
 * /etc/resolv.conf. The other arguments move ports and files, for tests.
 */
export async function runCoredns(argv: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      forward: { type: 'string', multiple: true },
      port: { type: 'string', default: '53' },
      'health-port': { type: 'string', default: '8080' },
      'ready-port': { type: 'string', default: '8181' },
      'metrics-port': { type: 'string', default: '9153' },
      'service-account': { type: 'string', default: SERVICE_ACCOUNT },
      'resolv-conf': { type: 'string', default: '/etc/resolv.conf' },
    },
  })
  const stopping = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const server = await startDnsServer({
    client: inClusterClient(env, values['service-account']),
    upstreams: upstreamsOf(values.forward, values['resolv-conf']),
    port: Number(values.port),
    healthPort: Number(values['health-port']),
    readyPort: Number(values['ready-port']),
    metricsPort: Number(values['metrics-port']),
  })
  process.stdout.write(`.:${server.port}\n`)
  await Promise.race([server.ready, stopping])
  process.stdout.write('CoreDNS of knet-labs: ready\n')
  await stopping
  server.close()
}
