import { isIPv6 } from 'node:net'
import { SelectorError, parseSelector } from '../../dataplane/calico/selector.ts'
import { parseCidr } from '../../net/cidr.ts'
import { isIPv4 } from '../../net/ipv4.ts'

export const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
export const SUBDOMAIN = String.raw`${LABEL}(\.${LABEL})*`

/** What a field's value has to be like, by the names that Calico has for it and prints. */
export const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  action: oneOf('Allow Deny Log Pass'),
  policyType: oneOf('Ingress Egress'),
  ipIpMode: oneOf('Always CrossSubnet Never'),
  vxlanMode: oneOf('Always CrossSubnet Never'),
  sourceAddress: oneOf('UseNodeIP None'),
  logLevel: oneOf('Debug Info Warning Error Fatal'),
  bpfLogLevel: oneOf('Debug Info Off'),
  bpfServiceMode: oneOf('Tunnel DSR'),
  iptablesBackend: oneOf('Legacy NFT'),
  dropAcceptReturn: oneOf('Drop Accept Return'),
  acceptReturn: oneOf('Accept Return'),
  enabledOrDisabled: oneOf('Enabled Disabled'),
  ipType: oneOf('CalicoNodeIP InternalIP ExternalIP'),
  name: like(new RegExp(`^${SUBDOMAIN}$`)),
  interface: like(/^([a-zA-Z0-9_.-]{1,15}|\*)$/),
  ifaceFilter: like(/^[a-zA-Z0-9:._+-]{1,15}$/),
  mac: like(/^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$/),
  portName: (value) => /^(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?!-)){0,13}[a-z0-9]?$/.test(String(value)),
  ipVersion: (value) => value === 4 || value === 6,
  icmpType: (value) => Number(value) >= 0 && Number(value) <= 254,
  icmpCode: (value) => Number(value) >= 0 && Number(value) <= 255,
  mustBeFalse: (value) => value === false,
  selector: (value) => isSelector(String(value)),
  ip: (value) => isIPv4(String(value)) || isIPv6(String(value)),
  ipv4: (value) => isIPv4(String(value)),
  cidr: (value) => isNetwork(String(value)),
  cidrv4: (value) => parseCidr(String(value)) !== undefined,
  cidrs: (value) => Array.isArray(value) && value.every((one) => isNetwork(String(one))),
  net: (value) => isMasked(String(value)),
  'IP:port': (value) => isAddressAndPort(String(value)),
}

/** What Calico prints for a check that has another name here. */
export const PRINTED: Readonly<Record<string, string>> = {
  icmpType: 'lte',
  icmpCode: 'lte',
  enabledOrDisabled: 'oneof',
}

function oneOf(words: string): (value: unknown) => boolean {
  return (value) => words.split(' ').includes(String(value))
}

function like(pattern: RegExp): (value: unknown) => boolean {
  return (value) => pattern.test(String(value))
}

function isSelector(text: string): boolean {
  try {
    parseSelector(text)
    return true
  } catch (thrown) {
    if (thrown instanceof SelectorError) return false
    throw thrown
  }
}

/** An address or a network of either family. */
export function isNetwork(text: string): boolean {
  return parseCidr(text) !== undefined || familyOf(text) === 6
}

/** 4 or 6; undefined for what is neither an address nor a network. */
export function familyOf(text: string): 4 | 6 | undefined {
  if (parseCidr(text)) return 4
  const [address = '', length = '128', ...rest] = text.split('/')
  return isIPv6(address) && rest.length === 0 && /^\d+$/.test(length) && Number(length) <= 128 ? 6 : undefined
}

/** Whether no bit beyond the prefix is set. IPv6's are not looked at. */
function isMasked(text: string): boolean {
  const cidr = parseCidr(text)
  if (!cidr) return familyOf(text) === 6
  return (parseCidr(text.split('/')[0] ?? '')?.network ?? -1) === cidr.network
}

function isAddressAndPort(text: string): boolean {
  const [, v4, v6, port = '1'] = /^(?:([^:[\]]+)|\[?([^[\]]*:[^[\]]*)\]?)(?::(\d+))?$/.exec(text) ?? []
  const isAddress = v4 === undefined ? isIPv6(v6 ?? '') : isIPv4(v4)
  return isAddress && Number(port) >= 1 && Number(port) <= 65535
}
