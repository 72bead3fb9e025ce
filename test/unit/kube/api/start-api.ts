import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiServer, type ApiServer } from '../../../../src/kube/api/api-server.ts'
import { ensureCertificates, kubeconfig } from '../../../../src/kube/api/pki.ts'
import type { PodAccess } from '../../../../src/kube/pod-access.ts'
import { createRegistry } from '../../../../src/kube/registry/registry.ts'
import { loadSchema } from '../../../../src/kube/schema/schema.ts'
import { findProgram } from '../../../../src/machine/packages.ts'

/**
 * The kubectls to test with: the one in PATH, and those that KNET_TEST_KUBECTLS lists, separated by colons. Old ones matter:
 * before 1.31 they speak SPDY, and before 1.24 they know no OpenAPI v3.
 */
export const KUBECTLS = [
  findProgram('kubectl', process.env['PATH'] ?? '') ?? '',
  ...(process.env['KNET_TEST_KUBECTLS'] ?? '').split(':'),
].filter((path) => existsSync(path))

export const TOKEN = 'open-sesame'

export interface Output {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunningApi {
  readonly server: ApiServer
  readonly folder: string
  readonly socket: string
  readonly kubeconfig: string
  readonly ca: string
  readonly port: number
  /** Runs a kubectl against it; the first argument is kubectl's path. */
  kubectl(
    path: string,
    args: readonly string[],
    input?: string,
    env?: Record<string, string>,
  ): Promise<Output>
  close(): Promise<void>
}

export async function startApi(podAccess?: PodAccess): Promise<RunningApi> {
  const folder = await mkdtemp(join(tmpdir(), 'knet-api-'))
  const server = createApiServer({
    registry: createRegistry(),
    schema: loadSchema(),
    ...(podAccess ? { podAccess } : {}),
  })
  const certificates = await ensureCertificates(join(folder, 'pki'), { names: [], addresses: [] })
  const socket = join(folder, 'api.sock')
  await server.listenUnix(socket)
  const port = (await server.listenTls({ ...certificates, token: TOKEN, port: 0 })) ?? 0
  const config = join(folder, 'kubeconfig')
  const text = kubeconfig({
    name: 't',
    server: `https://127.0.0.1:${port}`,
    ca: certificates.ca,
    token: TOKEN,
  })
  await writeFile(config, text)
  return {
    server,
    folder,
    socket,
    kubeconfig: config,
    ca: certificates.ca,
    port,
    kubectl: (path, args, input = '', env = {}) =>
      run(path, ['--kubeconfig', config, '--cache-dir', join(folder, 'cache'), ...args], input, env),
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

function run(
  path: string,
  args: readonly string[],
  input: string,
  env: Record<string, string>,
): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(path, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
    })
    child.stdin?.end(input)
  })
}
