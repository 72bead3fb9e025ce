import type { Resolver } from './resolver.ts'

const RCODE_NAMES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
const NAME = 'coredns_dns_responses_total'

/** How many responses there were, by transport and code. */
export interface Metrics {
  /** The same resolver, counted. */
  counted(resolver: Resolver): Resolver
  /** In Prometheus' text format. */
  text(): string
}

export function createMetrics(): Metrics {
  const counts = new Map<string, number>()
  return {
    counted: (resolver) => async (bytes, transport) => {
      const reply = await resolver(bytes, transport)
      if (reply) {
        const code = reply.readUInt8(3) & 15
        const labels = `proto="${transport}",rcode="${RCODE_NAMES[code] ?? code}"`
        counts.set(labels, (counts.get(labels) ?? 0) + 1)
      }
      return reply
    },
    text: () => {
      const lines = [...counts].map(([labels, count]) => `${NAME}{${labels}} ${count}`)
      return [
        `# HELP ${NAME} Counter of response status codes.`,
        `# TYPE ${NAME} counter`,
        ...lines,
        '',
      ].join('\n')
    },
  }
}
