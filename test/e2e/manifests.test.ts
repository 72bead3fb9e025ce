import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, Stranger } from '../helpers/cli.ts'

const stranger = new Stranger()
beforeAll(async () => {
  expect(await stranger.run(['start', 'flannel'])).toMatchObject({ code: 0 })
})
afterAll(() => stranger.leave())

const apply = (input: string, ...more: string[]) => stranger.kubectl(['apply', '-f', '-', ...more], { input })

const pod = (name: string, image: string, more = '') => `
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
  containers: [{ name: main, image: '${image}' }]
${more}`

test('a field that does not exist is refused in upstream’s words', async () => {
  const { code, stderr } = await apply(pod('typo', 'nginx', '  restartPolicies: Never\n'))
  expect(code).toBe(1)
  expect(stderr).toContain(
    'Error from server (BadRequest): error when creating "STDIN": Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.restartPolicies"',
  )
})

test('a field of the wrong kind is refused', async () => {
  const { code, stderr } = await apply(pod('wrong', 'nginx', '  terminationGracePeriodSeconds: soon\n'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/Pod in version "v1" cannot be handled as a Pod: .*terminationGracePeriodSeconds/)
})

test('a value that is out of bounds is refused by name, value and reason', async () => {
  const service = `
apiVersion: v1
kind: Service
metadata: { name: Bad_Name }
spec: { ports: [{ port: 99999 }] }`
  const { code, stderr } = await apply(service)
  expect(code).toBe(1)
  expect(stderr).toContain('The Service "Bad_Name" is invalid:')
  expect(stderr).toContain(
    '* spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive',
  )
  expect(stderr).toContain('metadata.name: Invalid value: "Bad_Name": a DNS-1035 label must consist of')
})

test('a kind that does not exist is refused with how kubectl says it', async () => {
  const { code, stderr } = await apply('apiVersion: v1\nkind: Podd\nmetadata: { name: x }\n')
  expect(code).toBe(1)
  expect(stderr).toContain(
    'error: resource mapping not found for name: "x" namespace: "" from "STDIN": no matches for kind "Podd" in version "v1"',
  )
})

test('what is not YAML is refused', async () => {
  const { code, stderr } = await apply('kind: Pod\n  this: [is not yaml\n')
  expect(code).toBe(1)
  expect(stderr).toContain('error: error parsing STDIN: error converting YAML to JSON')
})

test('five megabytes are refused, and the cluster goes on', async () => {
  const big = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: big }\ndata: { x: "${'x'.repeat(5_000_000)}" }\n`
  const { code, stderr } = await stranger.kubectl(['create', '-f', '-'], { input: big })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /Error from server \((RequestEntityTooLarge|Invalid)\)|Too long: (must have|may not be)/,
  )
  expect(await stranger.kubectl(['get', 'nodes'])).toMatchObject({ code: 0 })
})

test('an image that is not known fails as an image, naming those that are', async () => {
  expect(await apply(pod('unknown', 'ghcr.io/somebody/something:1.2'))).toMatchObject({ code: 0 })
  const waiting = ['get', 'pod', 'unknown', '-o', 'jsonpath={.status.containerStatuses[0].state.waiting}']
  const { stdout } = await eventually(
    'the pod to fail',
    () => stranger.kubectl(waiting),
    (said) => /ErrImagePull|ImagePullBackOff/.test(said.stdout),
  )
  expect(stdout).toMatch(/ErrImagePull|ImagePullBackOff/)
  const describe = await eventually(
    'events of the pod',
    () => stranger.kubectl(['describe', 'pod', 'unknown']),
    (said) => said.stdout.includes('Failed'),
  )
  for (const image of ['hello-kubernetes', 'busybox', 'nginx']) expect(describe.stdout).toContain(image)
  expect(describe.stdout).toContain('ghcr.io/somebody/something:1.2')
  expect(await stranger.kubectl(['delete', 'pod', 'unknown'])).toMatchObject({ code: 0 })
})

test('two who change the same object are told of the conflict', async () => {
  await stranger.kubectl(['create', 'configmap', 'shared', '--from-literal=a=1'])
  const { stdout } = await stranger.kubectl(['get', 'configmap', 'shared', '-o', 'json'])
  await stranger.kubectl(['annotate', 'configmap', 'shared', 'seen=yes'])
  const late = await stranger.kubectl(['replace', '-f', '-'], { input: stdout })
  expect(late).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'Operation cannot be fulfilled on configmaps "shared": the object has been modified; please apply your changes to the latest version and try again',
    ),
  })
})
