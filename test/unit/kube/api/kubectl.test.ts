import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODES, PODS } from '../../../../src/kube/resources.ts'
import { KUBECTLS, startApi, type RunningApi } from './start-api.ts'

const MANIFEST = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`

/** What an unmodified kubectl makes of the server; each version has one of its own. */
describe.each(KUBECTLS)('%s', (path) => {
  let api: RunningApi
  beforeAll(async () => {
    api = await startApi()
    const metadata = { name: 'node0', labels: { 'kubernetes.io/hostname': 'node0' } }
    await api.server.client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata })
  })
  afterAll(() => api.close())

  const run = (...args: string[]) => api.kubectl(path, args)
  /** Its output; a failure is a failure of the test. */
  const out = async (args: string[], input?: string, env?: Record<string, string>) => {
    const { code, stdout, stderr } = await api.kubectl(path, args, input, env)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }

  test('version and api-resources show what the server is.', async () => {
    expect(await out(['version'])).toContain('v1.36.3+knet')
    const resources = await out(['api-resources', '-o', 'name'])
    expect(resources.trim().split('\n')).toEqual(
      expect.arrayContaining([
        'pods',
        'deployments.apps',
        'endpointslices.discovery.k8s.io',
        'leases.coordination.k8s.io',
      ]),
    )
  })

  test('create and get, as a table, wide, as JSON, as YAML, by path, by selector, in all namespaces.', async () => {
    expect(await out(['create', 'configmap', 'a', '--from-literal=k=nine'])).toBe('configmap/a created\n')
    expect(await out(['get', 'cm', 'a'])).toMatch(/^NAME +DATA +AGE\na +1 +\d+s\n$/)
    expect(await out(['get', 'cm', 'a', '-o', 'wide'])).toMatch(/^NAME/)
    expect(JSON.parse(await out(['get', 'cm', 'a', '-o', 'json']))).toMatchObject({ data: { k: 'nine' } })
    expect(await out(['get', 'cm', 'a', '-o', 'yaml'])).toMatch(/^apiVersion: v1\ndata:\n {2}k: nine\n/)
    expect(await out(['get', 'cm', 'a', '-o', 'jsonpath={.data.k}'])).toBe('nine')
    expect(await out(['get', 'cm', '-A', '--field-selector', 'metadata.name=a', '-o', 'name'])).toBe(
      'configmap/a\n',
    )
    await out(['label', 'cm', 'a', 'tier=x'])
    expect(await out(['get', 'cm', '-l', 'tier in (x,y)', '--show-labels', '--no-headers'])).toMatch(
      /tier=x\n$/,
    )
    expect((await run('get', 'cm', '-l', 'tier=z')).stderr).toBe('No resources found in default namespace.\n')
  })

  test('apply creates, leaves alone and changes; server-side too.', async () => {
    expect(await out(['apply', '-f', '-'], MANIFEST)).toBe(
      'deployment.apps/web created\nservice/web created\n',
    )
    expect(await out(['apply', '-f', '-'], MANIFEST)).toBe(
      'deployment.apps/web unchanged\nservice/web unchanged\n',
    )
    const changed = MANIFEST.replace('replicas: 2', 'replicas: 3')
    expect(await out(['apply', '-f', '-'], changed)).toContain('deployment.apps/web configured')
    const forced = ['apply', '--server-side', '--force-conflicts', '-f', '-']
    expect(await out(forced, MANIFEST)).toContain('deployment.apps/web serverside-applied')
    expect(await out(['get', 'deploy,svc'])).toMatch(
      /deployment.apps\/web +0\/2[^]*service\/web +ClusterIP +10\.43\./,
    )
  })

  test('describe shows objects and their events.', async () => {
    expect(await out(['describe', 'deploy', 'web'])).toMatch(/Replicas: +2 desired/)
    expect(await out(['describe', 'svc', 'web'])).toMatch(/TargetPort: +80\/TCP/)
    expect(await out(['describe', 'node', 'node0'])).toMatch(/Name: +node0/)
  })

  test('edit, patch of every kind, scale, annotate.', async () => {
    const edited = await out(['edit', 'cm', 'a'], '', { KUBE_EDITOR: 'sed -i s/nine/ten/' })
    expect(edited).toBe('configmap/a edited\n')
    const value = () => out(['get', 'cm', 'a', '-o', 'jsonpath={.data}'])
    await out(['patch', 'cm', 'a', '-p', '{"data":{"l":"1"}}'])
    await out(['patch', 'cm', 'a', '--type=merge', '-p', '{"data":{"m":"2"}}'])
    await out(['patch', 'cm', 'a', '--type=json', '-p', '[{"op":"remove","path":"/data/l"}]'])
    expect(JSON.parse(await value())).toEqual({ k: 'ten', m: '2' })
    await out(['scale', 'deploy', 'web', '--replicas=5'])
    expect(await out(['get', 'deploy', 'web', '-o', 'jsonpath={.spec.replicas}'])).toBe('5')
    await out(['annotate', 'cm', 'a', 'note=hello'])
    expect(await out(['get', 'cm', 'a', '-o', 'jsonpath={.metadata.annotations.note}'])).toBe('hello')
    await out(['set', 'image', 'deploy/web', 'c=nginx:2'])
    await out(['rollout', 'restart', 'deploy/web'])
    const template = await out(['get', 'deploy', 'web', '-o', 'jsonpath={.spec.template}'])
    expect(template).toMatch(/nginx:2/)
    expect(template).toContain('kubectl.kubernetes.io/restartedAt')
  })

  test('create deployment, run, expose and delete, with and without dependents.', async () => {
    expect(await out(['create', 'deployment', 'd', '--image=nginx'])).toBe('deployment.apps/d created\n')
    expect(await out(['run', 'p', '--image=busybox', '--', 'sleep', '1'])).toBe('pod/p created\n')
    expect(await out(['expose', 'deploy/d', '--port=80'])).toContain('service/d exposed\n')
    expect(await out(['delete', 'pod', 'p'])).toMatch(/^pod "p" deleted/)
    await out(['delete', 'deploy', 'd', '--cascade=orphan', '--wait=false'])
    const finalizers = await out(['get', 'deploy', 'd', '-o', 'jsonpath={.metadata.finalizers}'])
    expect(finalizers).toBe('["orphan"]')
    expect((await run('delete', 'pod', 'p')).stderr).toBe(
      'Error from server (NotFound): pods "p" not found\n',
    )
  })

  test('explain tells of fields.', async () => {
    expect(await out(['explain', 'pod.spec.nodeName'])).toMatch(/FIELD: +nodeName/)
    expect(await out(['explain', 'deployment.spec'])).toMatch(/replicas/)
  })

  test('auth can-i says yes.', async () => {
    expect(await out(['auth', 'can-i', 'create', 'pods'])).toBe('yes\n')
  })

  test('wait waits for a condition, and for a deletion.', async () => {
    await out(['run', 'w', '--image=nginx'])
    const waiting = out(['wait', '--for=condition=Ready', 'pod/w', '--timeout=10s'])
    const { client } = api.server
    const key = { namespace: 'default', name: 'w' }
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    await client.patch(PODS, key, { status }, { type: 'merge', subresource: 'status' })
    expect(await waiting).toBe('pod/w condition met\n')
    const deleting = out(['delete', 'pod', 'w', '--timeout=10s'])
    await deleting
    expect(await client.get(PODS, key)).toBeUndefined()
  })

  test('get -w prints each change as it comes.', async () => {
    const child = spawn(path, [
      '--kubeconfig',
      api.kubeconfig,
      'get',
      'cm',
      'a',
      '-w',
      '-o',
      'jsonpath={.data.k} ',
    ])
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await expect.poll(() => printed).toBe('ten ')
    await out(['patch', 'cm', 'a', '-p', '{"data":{"k":"eleven"}}'])
    await expect.poll(() => printed).toBe('ten eleven ')
    child.kill()
  })

  test('A token asked for a service account is one that the server takes.', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/builder/token'
    expect((await run('create', '--raw', path, '-f', '-')).code).not.toBe(0)
    await out(['create', 'serviceaccount', 'builder'])
    const asked = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600 },
    }
    const answer = JSON.parse(await out(['create', '--raw', path, '-f', '-'], JSON.stringify(asked))) as {
      status: { token: string; expirationTimestamp: string }
    }
    expect(Date.parse(answer.status.expirationTimestamp)).toBeGreaterThan(Date.now() + 500_000)
    const { token } = answer.status
    expect(await out(['get', 'sa', 'builder', '-o', 'name', `--token=${token}`])).toBe(
      'serviceaccount/builder\n',
    )
    expect((await run('get', 'sa', `--token=${token}x`)).code).not.toBe(0)
  })

  test('Server-side, unknown fields are refused as they are by the applying.', async () => {
    const bad = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd"},"dta":{"a":"b"}}'
    const { stderr } = await api.kubectl(path, ['apply', '--server-side', '--validate=false', '-f', '-'], bad)
    expect(stderr).toContain(
      'failed to create typed patch object (default/odd; /v1, Kind=ConfigMap): .dta: field not declared in schema',
    )
  })

  test('A manifest with a wrong field, a wrong kind or no sense is refused in the server’s words.', async () => {
    const file = `${api.folder}/bad.yaml`
    const metadata = 'metadata: {name: bad}'
    await writeFile(file, `apiVersion: v1\nkind: ConfigMap\n${metadata}\ndta: {}\n`)
    const wrong = await run('create', '-f', file)
    expect(wrong.stderr).toContain('unknown field "dta"')
    await writeFile(file, `apiVersion: v1\nkind: Nope\n${metadata}\n`)
    expect((await run('create', '-f', file)).stderr).toMatch(/no matches for kind "Nope" in version "v1"/)
    await writeFile(file, `apiVersion: v1\nkind: Service\n${metadata}\nspec: {ports: [{port: 0}]}\n`)
    expect((await run('create', '-f', file)).stderr).toContain(
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    )
    const big = 'x'.repeat(4_000_000)
    await writeFile(file, `apiVersion: v1\nkind: ConfigMap\n${metadata}\ndata: {k: "${big}"}\n`)
    expect((await run('create', '-f', file)).stderr).toContain('Request entity too large: limit is 3145728')
  })
})
