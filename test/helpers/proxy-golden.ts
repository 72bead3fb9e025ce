import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { type ServicePort, servicePortsOf } from '../../src/dataplane/proxy/service-port.ts'
import type { EndpointSlice, KubeObject, Service } from '../../src/kube/objects.ts'

const FOLDER = resolve(import.meta.dirname, '../golden/kube-proxy')

/** One case of test/golden/kube-proxy: what was applied, and what real kube-proxy 1.36 then had on node0. */
export interface ProxyCase {
  readonly name: string
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
  readonly saved: string
}

/** The node that the cases were recorded on. */
export const NODE = { name: 'node0', address: '172.19.0.2' }
export const CLUSTER_CIDR = '10.42.0.0/16'

/** It was always there, so its chains are in every case. */
const KUBERNETES = `
apiVersion: v1
kind: Service
metadata: { name: kubernetes, namespace: default }
spec:
  clusterIP: 10.43.0.1
  ports: [{ name: https, port: 443, protocol: TCP, targetPort: 16443 }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: kubernetes, namespace: default, labels: { kubernetes.io/service-name: kubernetes } }
addressType: IPv4
endpoints: [{ addresses: [192.0.2.2], conditions: { ready: true } }]
ports: [{ name: https, port: 16443, protocol: TCP }]
`

export function proxyCases(): ProxyCase[] {
  const files = readdirSync(FOLDER)
  return files.filter((file) => file.endsWith('.yaml')).map((file) => readCase(file.slice(0, -5), files))
}

function readCase(name: string, files: readonly string[]): ProxyCase {
  const read = (extension: string) => readFileSync(join(FOLDER, `${name}.${extension}`), 'utf8')
  const objects = [KUBERNETES, read('yaml')].flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as KubeObject | null),
  )
  const services = objects.filter((object): object is Service => object?.kind === 'Service')
  if (files.includes(`${name}.status`)) patchStatus(services, read('status'))
  return {
    name,
    services,
    slices: objects.filter((object): object is EndpointSlice => object?.kind === 'EndpointSlice'),
    saved: read('iptables'),
  }
}

function patchStatus(services: readonly Service[], line: string): void {
  const [, namespace, name, json = ''] = /^(\S+) (\S+) (.*)$/m.exec(line) ?? []
  for (const service of services) {
    if (service.metadata.namespace === namespace && service.metadata.name === name) {
      service.status = JSON.parse(json) as Service['status']
    }
  }
}

/**
 * A case's service ports, in the order its rules are in: upstream walks a Go map, so the order of services in
 * KUBE-SERVICES is any, and differs from case to case.
 */
export function portsInSavedOrder({ services, slices, saved }: ProxyCase): ServicePort[] {
  const ports = services.flatMap((service) =>
    servicePortsOf(
      service,
      slices.filter((slice) => belongsTo(slice, service)),
    ),
  )
  const nat = saved.slice(saved.indexOf('*nat'))
  const place = (port: ServicePort) => nat.indexOf(`"${port.name} cluster IP"`)
  return ports.toSorted((a, b) => place(a) - place(b))
}

function belongsTo(slice: EndpointSlice, service: Service): boolean {
  const { namespace, labels } = slice.metadata
  return (
    namespace === service.metadata.namespace &&
    labels?.['kubernetes.io/service-name'] === service.metadata.name
  )
}
