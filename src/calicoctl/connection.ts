import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { LabError } from '../base/errors.ts'
import type { KubeClient } from '../kube/client.ts'
import { createHttpClient, type Credentials } from '../kube/http-client.ts'
import { CalicoError } from './calico-error.ts'
import { listOf, objectOf, type JsonObject } from './layout/shape.ts'

const DEFAULT_CONFIG = '/etc/calico/calicoctl.cfg'

/** Where the cluster is, and what may be done there. */
export type ServerAccess = { readonly server: string; readonly ca: string } & Credentials

/** Nobody says how to reach the cluster, or not so that it can be understood. */
export class NoConnection extends CalicoError {}

/**
 * The way to the cluster: a file of calicoctl's own, else the environment, else ~/.kube/config.
 * @param configFile as --config gives it
 * @throws NoConnection
 */
export function findAccess(
  configFile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  context?: string,
): ServerAccess {
  const file = configFile ?? DEFAULT_CONFIG
  if (!existsSync(file) && configFile !== undefined) {
    throw new NoConnection(`Error reading config file: ${file}`)
  }
  const settings = existsSync(file) ? fromFile(file) : fromEnvironment(env)
  if (settings.type !== undefined && settings.type !== 'kubernetes') {
    throw new NoConnection(`Failed to create Calico API client: unknown datastore type: ${settings.type}`)
  }
  const home = env['HOME'] ? join(env['HOME'], '.kube/config') : undefined
  const kubeconfig = settings.kubeconfig ?? (home && existsSync(home) ? home : undefined)
  if (kubeconfig === undefined) {
    throw new NoConnection(
      'Failed to create Calico API client: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable',
    )
  }
  return fromKubeconfig(kubeconfig, context)
}

interface Settings {
  readonly type: string | undefined
  readonly kubeconfig: string | undefined
}

function fromFile(file: string): Settings {
  const config: unknown = parse(readFileSync(file, 'utf8'))
  const spec = objectOf(objectOf(config)['spec'])
  const text = (field: string) => (typeof spec[field] === 'string' ? spec[field] : undefined)
  return { type: text('datastoreType'), kubeconfig: text('kubeconfig') }
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  const of = (name: string) => env[`CALICO_${name}`] ?? env[name]
  return { type: of('DATASTORE_TYPE'), kubeconfig: of('KUBECONFIG') }
}

function fromKubeconfig(file: string, context: string | undefined): ServerAccess {
  if (!existsSync(file)) {
    throw new NoConnection(`Failed to create Calico API client: stat ${file}: no such file or directory`)
  }
  const config: unknown = parse(readFileSync(file, 'utf8'))
  const root = objectOf(config)
  const current = context ?? root['current-context']
  const chosen = named(root['contexts'], current, 'context')
  if (Object.keys(chosen).length === 0) {
    throw new NoConnection(
      `Failed to create Calico API client: context ${JSON.stringify(current ?? '')} does not exist`,
    )
  }
  const cluster = named(root['clusters'], chosen['cluster'], 'cluster')
  const user = named(root['users'], chosen['user'], 'user')
  const folder = dirname(file)
  return {
    server: String(cluster['server'] ?? ''),
    ca: pemIn(cluster, 'certificate-authority', folder),
    ...credentialsOf(user, folder),
  }
}

/** Who asks: k3s and kubeadm give their users certificates. */
function credentialsOf(user: JsonObject, folder: string): Credentials {
  const cert = pemIn(user, 'client-certificate', folder)
  if (cert) return { cert, key: pemIn(user, 'client-key', folder) }
  return { token: typeof user['token'] === 'string' ? user['token'] : '' }
}

/** What a kubeconfig has in it, or else names the file of. */
function pemIn(part: JsonObject, name: string, folder: string): string {
  const { [name]: path, [`${name}-data`]: data } = part
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString()
  return typeof path === 'string' ? readFileSync(resolve(folder, path), 'utf8') : ''
}

function named(list: unknown, name: unknown, what: string): JsonObject {
  const found = listOf(list)
    .map(objectOf)
    .find((one) => one['name'] === name)
  return objectOf(found?.[what])
}

export function connect(access: ServerAccess): KubeClient {
  return createHttpClient({ ...access, manager: 'calicoctl' })
}

/** Why nobody answers, as Go says it. @param path of the request */
export function connectionTrouble(
  thrown: unknown,
  { server }: ServerAccess,
  path: string,
): string | undefined {
  if (!(thrown instanceof LabError)) return undefined
  const { code, address, port } = (thrown.cause ?? {}) as NodeJS.ErrnoException & {
    address?: string
    port?: number
  }
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connection refused',
    EHOSTUNREACH: 'no route to host',
    ENETUNREACH: 'network is unreachable',
    ETIMEDOUT: 'connection timed out',
  }
  const reason = reasons[code ?? '']
  const why = reason ? `dial tcp ${address}:${port}: connect: ${reason}` : thrown.message
  return `Get "${server}${path}": ${why}`
}
