import type { PodSpec } from '../objects.ts'

export interface DnsSettings {
  /** ClusterIP of the cluster's DNS service. */
  readonly clusterDNS: string
  readonly clusterDomain: string
  /** The node's own /etc/resolv.conf. */
  readonly nodeResolvConf: string
}

interface Resolver {
  nameservers: string[]
  searches: string[]
  options: string[]
}

/** A pod's /etc/resolv.conf by its dnsPolicy and dnsConfig. Upstream: pkg/kubelet/network/dns. */
export function resolvConf(spec: PodSpec, namespace: string, settings: DnsSettings): string {
  const resolver = withConfig(base(spec, namespace, settings), spec.dnsConfig)
  return [
    ...(resolver.searches.length > 0 ? [`search ${resolver.searches.join(' ')}`] : []),
    ...resolver.nameservers.map((address) => `nameserver ${address}`),
    ...(resolver.options.length > 0 ? [`options ${resolver.options.join(' ')}`] : []),
    '',
  ].join('\n')
}

function base(spec: PodSpec, namespace: string, settings: DnsSettings): Resolver {
  const node = parse(settings.nodeResolvConf)
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = spec
  if (dnsPolicy === 'None') return { nameservers: [], searches: [], options: [] }
  if (dnsPolicy === 'Default' || (dnsPolicy === 'ClusterFirst' && hostNetwork)) return node
  const domain = settings.clusterDomain
  return {
    nameservers: [settings.clusterDNS],
    searches: [`${namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches],
    options: ['ndots:5'],
  }
}

function parse(text: string): Resolver {
  const resolver: Resolver = { nameservers: [], searches: [], options: [] }
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/)
    if (word === 'nameserver') resolver.nameservers.push(...rest.slice(0, 1))
    if (word === 'search') resolver.searches = rest
    if (word === 'options') resolver.options.push(...rest)
  }
  return resolver
}

function withConfig(resolver: Resolver, config: PodSpec['dnsConfig']): Resolver {
  const own = (config?.options ?? []).map(({ name = '', value }) => (value ? `${name}:${value}` : name))
  const names = new Set(own.map((option) => option.split(':')[0]))
  const unique = (items: readonly string[]) => [...new Set(items)]
  return {
    nameservers: unique([...resolver.nameservers, ...(config?.nameservers ?? [])]),
    searches: unique([...resolver.searches, ...(config?.searches ?? [])]),
    options: [...resolver.options.filter((option) => !names.has(option.split(':')[0] ?? '')), ...own],
  }
}
