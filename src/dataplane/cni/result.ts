/** What ADD gives: CNI specification, section "Success". Field order of objects made here is libcni's. */
export interface CniResult {
  readonly cniVersion?: string
  readonly interfaces?: readonly { name: string; mac?: string; sandbox?: string }[]
  readonly ips?: readonly ResultAddress[]
  readonly routes?: readonly { dst: string; gw?: string }[]
  readonly dns?: Readonly<Record<string, unknown>>
}

export interface ResultAddress {
  /** "4" or "6"; gone in specification 1.0. */
  readonly version?: string
  /** Index into interfaces. */
  readonly interface?: number
  /** With prefix length. */
  readonly address: string
  readonly gateway?: string
}

/** An address of a result in the wording of a specification version: 1.0 dropped `version`. */
export function addressFor(
  cniVersion: string,
  address: Omit<ResultAddress, 'version'>,
  version = '4',
): ResultAddress {
  return cniVersion.startsWith('0.') ? { version, ...address } : address
}

/** The pod's IPv4 address, without prefix length; undefined when the plugins gave none. */
export function podAddress(result: CniResult): string | undefined {
  const address = result.ips?.find(({ address }) => !address.includes(':'))?.address
  return address?.replace(/\/.*$/, '')
}
