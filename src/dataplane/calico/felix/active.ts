/**
 * What one node has to enforce, as values: what Felix's calculation graph tells its dataplane (upstream: felix/proto, felixbackend.proto).
 * The calculation (`policy/`) makes it of the API's objects; the rules (`rules/`) are made of it.
 */
export interface ActiveSet {
  readonly endpoints: readonly WorkloadEndpoint[]
  /** Those that some endpoint here names, by id: default.deny-probe, or demo/knp.default.web of a namespaced one. */
  readonly policies: ReadonlyMap<string, RuleSet>
  readonly profiles: ReadonlyMap<string, RuleSet>
  /** Those that some rule here names, by id. */
  readonly ipSets: ReadonlyMap<string, IpSet>
}

/** A pod of this node. */
export interface WorkloadEndpoint {
  /** cali50aeaf5a85d */
  readonly interfaceName: string
  /** Addresses without prefix length. */
  readonly addresses: readonly string[]
  /** Policies that apply, in the order in which they are asked; none at all in a direction lets the profiles decide. */
  readonly ingress: readonly string[]
  readonly egress: readonly string[]
  /** kns.default, ksa.default.web */
  readonly profiles: readonly string[]
}

export interface RuleSet {
  readonly inbound: readonly ActiveRule[]
  readonly outbound: readonly ActiveRule[]
}

/** `next-tier` is what users call Pass. */
export type RuleAction = 'allow' | 'deny' | 'log' | 'next-tier'

/** All that is given has to hold. */
export interface ActiveRule {
  readonly action: RuleAction
  /** A name that iptables knows (tcp), or a number. Rules about IPv6 alone are left out, and so are networks of it. */
  readonly protocol?: string | number
  readonly notProtocol?: string | number
  readonly icmp?: { readonly type: number; readonly code?: number }
  readonly notIcmp?: { readonly type: number; readonly code?: number }
  readonly src: Side
  readonly dst: Side
  /** What whoever wrote it says of it: key=value. */
  readonly notes?: readonly string[]
}

export interface Side {
  /** Any of them; none given is every address. */
  readonly nets: readonly string[]
  readonly notNets: readonly string[]
  /** Any of these and of the named ports' sets. */
  readonly ports: readonly PortRange[]
  readonly notPorts: readonly PortRange[]
  /** All of them: ids of sets of addresses. */
  readonly ipSets: readonly string[]
  readonly notIpSets: readonly string[]
  /** All of them: ids of sets of address and port, as services as destinations have. */
  readonly services?: readonly string[]
  /** Any of them, or of `ports`: ids of sets of address and port. */
  readonly namedPorts: readonly string[]
  readonly notNamedPorts: readonly string[]
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

export interface IpSet {
  /**
   * `s:`, `n:`, `svc:` or `svcnoport:` and a hash of what it stands for, as upstream's UniqueID. The ipset is called
   * cali40 and this, cut to 31 characters.
   */
  readonly id: string
  readonly type: 'net' | 'ip,port'
  /** 192.168.104.1/32, or 192.168.104.1,tcp:80 */
  readonly members: ReadonlySet<string>
}
