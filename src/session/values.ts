import { createHash } from 'node:crypto'
import type { Pod, Service } from '../kube/objects.ts'
import { type Filled, fill, type Part, parseTemplate, type Reference, type Values } from '../lab/template.ts'
import { blocksOf } from './address-blocks.ts'
import { internalAddress, pick, podsCalled, vtepMac } from './cluster-view.ts'
import { addressesOf, kindOf, type KernelLink, links, namespaces } from './kernel.ts'
import type { World } from './world.ts'

/** A text with its values put in. `known` are values that are not of the world, such as `seen`. */
export async function fillText(world: World, text: string, known?: Values): Promise<Filled> {
  if (!text.includes('{{')) return { text, missing: [] }
  const { parts } = parseTemplate(text)
  return fill(parts, new Map([...(await valuesOf(world, parts)), ...(known ?? [])]))
}

/** Fills every string inside a value, such as the parameters of a check. */
export async function fillDeep<T>(world: World, value: T): Promise<{ value: T; missing: string[] }> {
  const missing: string[] = []
  const visit = async (at: unknown): Promise<unknown> => {
    if (typeof at === 'string') {
      const filled = await fillText(world, at)
      missing.push(...filled.missing)
      return filled.text
    }
    if (Array.isArray(at)) return Promise.all(at.map(visit))
    if (typeof at !== 'object' || at === null) return at
    const entries = Object.entries(at).map(async ([key, child]) => [key, await visit(child)] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
  return { value: (await visit(value)) as T, missing }
}

async function valuesOf(world: World, parts: readonly Part[]): Promise<Values> {
  const references = parts.filter((part) => typeof part !== 'string')
  return new Map(
    await Promise.all(
      references.map(async (reference) => [reference.source, await lookUp(world, reference)] as const),
    ),
  )
}

async function lookUp(world: World, reference: Reference): Promise<string[] | undefined> {
  const [name = '', field = '', last = ''] = reference.names
  switch (reference.root) {
    case 'pod': {
      const pods = pick(podsCalled(await world.pods(), name), reference.index)
      const values = await Promise.all(pods.map((pod) => podValue(world, pod, field)))
      return all(values, reference.index === '*')
    }
    case 'node':
      if (field === 'blocks') return nth(await blocksOf(world, name), reference.index)
      return one(await nodeValue(world, name, field))
    case 'router':
      return one(await routerValue(world, name, field))
    case 'service': {
      const services = await world.services()
      const service = services.find((service) => service.metadata.name === name)
      return one(service && serviceValue(service, field))
    }
    case 'link': {
      // node0, or node0/red for a network namespace of it.
      const [on = '', netns] = name.split('/')
      const link = (await links(world, on, netns)).find((link) => link.ifname === field)
      return one(link && linkValue(link, last))
    }
    // Known only to the check that saw it.
    case 'seen':
    default:
      return undefined
  }
}

/** One of several values, from the end when negative, or all of them. */
const nth = (values: readonly string[], index: number | string | undefined) =>
  typeof index === 'number' ? one(values.at(index)) : values.length ? [...values] : undefined

const one = (value: string | undefined) => (value ? [value] : undefined)

const all = (values: (string | undefined)[], mayBeEmpty: boolean) => {
  const found = values.filter((value) => value !== undefined && value !== '') as string[]
  return found.length || mayBeEmpty ? found : undefined
}

async function podValue(world: World, pod: Pod, field: string): Promise<string | undefined> {
  const plain: Record<string, string | undefined> = {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace,
    ip: pod.status?.podIP,
    node: pod.spec?.nodeName,
  }
  if (field in plain) return plain[field]
  return podKernelValue(world, pod, field)
}

/** mac, netns and veth: found on the pod's node, by the namespace that holds the pod's address. */
async function podKernelValue(world: World, pod: Pod, field: string): Promise<string | undefined> {
  const [node, ip] = [pod.spec?.nodeName, pod.status?.podIP]
  if (!node || !ip) return undefined
  for (const [netns, inPod] of await namespaces(world, node)) {
    const eth0 = inPod.find((link) => link.addr_info.some((info) => info.local === ip))
    if (!eth0) continue
    if (field === 'netns') return netns
    if (field === 'mac') return eth0.address
    return (await links(world, node)).find((link) => link.ifindex === eth0.link_index)?.ifname
  }
  return undefined
}

async function nodeValue(world: World, name: string, field: string): Promise<string | undefined> {
  const node = (await world.nodes()).find((node) => node.metadata.name === name)
  if (!node) return undefined
  const network = node.spec?.podCIDR?.replace(/\/\d+$/, '')
  const values: Record<string, string | undefined> = {
    name,
    address: internalAddress(node),
    podCIDR: node.spec?.podCIDR,
    network,
    gateway: network?.replace(/\.0$/, '.1'),
    vtepMac: vtepMac(node),
  }
  return values[field]
}

/** No object of the cluster tells of routers: their addresses are the kernel's. */
async function routerValue(world: World, name: string, field: string): Promise<string | undefined> {
  if (field === 'name') return name
  const device = field === 'loopback' ? 'lo' : 'eth0'
  const link = (await links(world, name)).find(({ ifname }) => ifname === device)
  const addresses = link ? addressesOf(link).map((address) => address.replace(/\/.*/, '')) : []
  return addresses.find((address) => !address.startsWith('127.'))
}

function serviceValue(service: Service, field: string): string | undefined {
  const port = service.spec?.ports?.[0]
  const values: Record<string, string | undefined> = {
    name: service.metadata.name,
    namespace: service.metadata.namespace,
    clusterIP: service.spec?.clusterIP,
    port: port && String(port.port),
    targetPort: port && String(port.targetPort ?? port.port),
    chain: port && serviceChain(service, port.name, port.protocol ?? 'TCP'),
  }
  return values[field]
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** KUBE-SVC-… as kube-proxy names it: base32 of SHA-256 of "namespace/name:port" and protocol, cut at 16 letters. */
function serviceChain(service: Service, portName: string | undefined, protocol: string): string {
  const full = `${service.metadata.namespace}/${service.metadata.name}${portName ? `:${portName}` : ''}`
  const bits = [
    ...createHash('sha256')
      .update(full + protocol.toLowerCase())
      .digest()
      .subarray(0, 10),
  ]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
  return `KUBE-SVC-${(bits.match(/.{5}/g) ?? []).map((five) => BASE32[parseInt(five, 2)]).join('')}`
}

function linkValue(link: KernelLink, field: string): string | undefined {
  const values: Record<string, string | undefined> = {
    mac: link.address,
    mtu: String(link.mtu),
    index: String(link.ifindex),
    kind: kindOf(link),
    address: addressesOf(link)[0],
  }
  return values[field]
}
