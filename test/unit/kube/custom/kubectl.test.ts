import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KUBECTLS, startApi, type RunningApi } from '../api/start-api.ts'
import { CALICO, CRONTABS_FILE, goldenText } from './fixtures.ts'

/** What a kubectl printed for a file of test/golden/calico that was sent to a real API server. */
function recorded(file: string): string {
  const [, said = ''] = goldenText('ippool-mode-changes.txt').split(
    `$ kubectl apply -f ${file} (same object as apiVersion crd.projectcalico.org/v1)\n`,
  )
  return said.slice(0, said.indexOf('\n$ ') + 1)
}

const CRON_TAB = `
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: a}
spec: {cronSpec: "* * * * *", ports: [{name: http, port: 80, protocol: TCP}]}
`

describe.each(KUBECTLS)('%s', (path) => {
  let api: RunningApi
  beforeAll(async () => {
    api = await startApi()
    for (const file of [CALICO, CRONTABS_FILE]) await out(['apply', '-f', file])
  })
  afterAll(() => api.close())

  const run = (args: string[], input?: string) => api.kubectl(path, args, input)
  /** Its output; a failure is a failure of the test. */
  const out = async (args: string[], input?: string) => {
    const { code, stdout, stderr } = await run(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  /** A recorded file, of the API that the cluster itself has. */
  const applied = (file: string) =>
    run(['apply', '-f', '-'], goldenText(file).replace('projectcalico.org/v3', 'crd.projectcalico.org/v1'))

  test('installs definitions, twice, and shows them and what they bring.', async () => {
    expect(await out(['apply', '-f', CALICO])).toMatch(
      /^customresourcedefinition.apiextensions.k8s.io\/ipamblocks.crd.projectcalico.org unchanged$/m,
    )
    expect(await out(['get', 'crd'])).toMatch(/^NAME +CREATED AT\nblockaffinities\S+ +20\S+Z\n/)
    expect(await out(['get', 'crds', 'crontabs.stable.example.com', '-o', 'name'])).toBe(
      'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com\n',
    )
    expect(await out(['describe', 'crd', 'crontabs.stable.example.com'])).toMatch(/Stored Versions:\n +v1\n/)
    const wait = [
      'wait',
      '--for',
      'condition=established',
      'crd/ippools.crd.projectcalico.org',
      '--timeout=5s',
    ]
    expect(await out(wait)).toContain('condition met')
    const resources = await out(['api-resources', '--api-group=stable.example.com', '--no-headers'])
    expect(resources).toMatch(/^crontabs +ct +stable.example.com(\/v1)? +true +CronTab$/m)
    expect(await out(['api-versions'])).toMatch(/^stable.example.com\/v1\nstable.example.com\/v1beta1$/m)
  })

  test.each(['pool-bad-ipipmode.yaml', 'pool-bad-cidr.yaml'])('refuses %s as was recorded.', async (file) => {
    expect((await applied(file)).stderr).toBe(recorded(file))
  })

  test('refuses unknown fields, in its own words or the server’s.', async () => {
    const { code, stderr } = await applied('pool-unknown-field.yaml')
    expect(code).toBe(1)
    if (stderr.startsWith('Error from server')) expect(stderr).toBe(recorded('pool-unknown-field.yaml'))
    else expect(stderr).toContain('ValidationError(IPPool.spec): unknown field "blocksize"')
  })

  test('creates, gets in columns, describes, explains, patches, scales and deletes objects.', async () => {
    expect((await applied('pool-overlap.yaml')).stdout).toBe(recorded('pool-overlap.yaml'))
    expect(await out(['get', 'ippools'])).toMatch(/^NAME +AGE\nbad +\d+s\n$/)
    expect(await out(['apply', '-f', '-'], CRON_TAB)).toBe('crontab.stable.example.com/a created\n')
    expect(await out(['apply', '-f', '-'], CRON_TAB)).toBe('crontab.stable.example.com/a unchanged\n')
    expect(await out(['get', 'ct'])).toMatch(
      /^NAME +SPEC +REPLICAS +READY +AGE\na +\* \* \* \* \* +1 +\d+s\n$/,
    )
    expect(await out(['get', 'jobs,ct', '-o', 'wide', '--ignore-not-found'])).toMatch(/IMAGE[^]*busybox/)
    expect(await out(['describe', 'ct', 'a'])).toMatch(/Spec:\n +Cron Spec: +\* \* \* \* \*\n/)
    expect(await out(['explain', 'ct.spec.cronSpec'])).toMatch(/FIELD: +cronSpec <string>[^]*When it runs\./)
    expect(await out(['explain', 'crd.spec.versions.schema'])).toContain('openAPIV3Schema')
    await out(['patch', 'ct', 'a', '--type=merge', '-p', '{"spec":{"image":"nginx"}}'])
    await out(['patch', 'ct', 'a', '--type=json', '-p', '[{"op":"add","path":"/spec/tags","value":["x"]}]'])
    expect((await run(['patch', 'ct', 'a', '-p', '{}'])).stderr).toContain('unknown format')
    await out(['scale', 'ct', 'a', '--replicas=3'])
    await out(['label', 'ct', 'a', 'tier=x'])
    expect(await out(['get', 'ct', '-l', 'tier=x', '-o', 'jsonpath={.items[0].spec}'])).toBe(
      '{"cronSpec":"* * * * *","image":"nginx","ports":[{"name":"http","port":80,"protocol":"TCP"}],"replicas":3,"tags":["x"]}',
    )
    const forced = ['apply', '--server-side', '--force-conflicts', '-f', '-']
    expect(await out(forced, CRON_TAB)).toBe('crontab.stable.example.com/a serverside-applied\n')
    expect(await out(['delete', 'ct', '--all'])).toMatch(/^crontab.stable.example.com "a" deleted/)
  })

  test('watches objects.', async () => {
    const child = spawn(path, [
      '--kubeconfig',
      api.kubeconfig,
      'get',
      'ct',
      '-w',
      '-o',
      'jsonpath={.metadata.name} ',
    ])
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await out(['create', '-f', '-'], CRON_TAB.replace('name: a', 'name: first'))
    await expect.poll(() => printed).toContain('first ')
    await out(['create', '-f', '-'], CRON_TAB.replace('name: a', 'name: second'))
    await expect.poll(() => printed).toMatch(/^(first )+second /)
    child.kill()
  })

  test('deletes a definition, and with it its objects and its place in discovery.', async () => {
    expect(await out(['delete', 'crd', 'crontabs.stable.example.com', '--timeout=10s'])).toMatch(/deleted/)
    expect((await run(['get', 'ct'])).stderr).toMatch(
      /could not find the requested resource|doesn't have a resource type/,
    )
    expect(await out(['api-versions'])).not.toContain('stable.example.com')
    await out(['apply', '-f', CRONTABS_FILE])
    expect(await out(['get', 'crontabs.stable.example.com', '-o', 'name'])).toBe('')
  })
})
