import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KUBECTLS, startApi, type RunningApi } from './start-api.ts'

const MANIFEST = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from:
    - podSelector: {matchLabels: {app: client}}
    - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
    ports: [{port: 80}, {port: dns, protocol: UDP}]
`

/** What an unmodified kubectl makes of network policies; each version has a `describe` of its own. */
describe.each(KUBECTLS)('%s', (path) => {
  let api: RunningApi
  beforeAll(async () => {
    api = await startApi()
    await out(['apply', '-f', '-'], MANIFEST)
  })
  afterAll(() => api.close())

  const out = async (args: string[], input?: string) => {
    const { code, stdout, stderr } = await api.kubectl(path, args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }

  test('get shows name, selector and age, under the short name too.', async () => {
    expect(await out(['get', 'netpol'])).toMatch(/^NAME +POD-SELECTOR +AGE\nweb +app=web +\d+s\n$/)
  })

  test('describe tells in words who may come in.', async () => {
    const text = await out(['describe', 'networkpolicy', 'web'])
    const words = text.replaceAll(/\s+/g, ' ')
    expect(words).toContain(
      'PodSelector: app=web Allowing ingress traffic: To Port: 80/TCP To Port: dns/UDP From:',
    )
    expect(words).toContain(
      'From: PodSelector: app=client From: IPBlock: CIDR: 10.0.0.0/8 Except: 10.1.0.0/16',
    )
    expect(words).toContain('Not affecting egress traffic Policy Types: Ingress')
  })

  test('explain knows its fields.', async () => {
    const text = await out(['explain', 'networkpolicy.spec.ingress'])
    expect(text).toMatch(/KIND: +NetworkPolicy/)
    expect(text).toMatch(/\n +from\t/)
    expect(text).toMatch(/\n +ports\t/)
  })

  test('what is wrong with one is told as upstream tells it.', async () => {
    const { code, stderr } = await api.kubectl(
      path,
      ['apply', '-f', '-'],
      MANIFEST.replace('10.1.0.0', '11.1.0.0'),
    )
    expect(code).toBe(1)
    expect(stderr).toContain(
      'The NetworkPolicy "web" is invalid: spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "11.1.0.0/16": must be a strict subset of `cidr`',
    )
  })
})
