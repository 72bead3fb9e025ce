import { describe, expect, test } from 'vitest'
import { checkFields } from '../../../../src/kube/schema/decode.ts'
import { exchange, typeOf } from './golden.ts'

const pod = typeOf('v1', 'Pod')
const service = typeOf('v1', 'Service')
const deployment = typeOf('apps/v1', 'Deployment')

test('unknown fields are named as a real server names them', () => {
  const { request, response } = exchange('error-400-unknown-field-strict')
  const { unknown } = checkFields(typeOf('v1', 'ConfigMap'), request)
  expect((response as { message: string }).message).toMatch(`strict decoding error: ${unknown.join(', ')}`)
  expect(unknown).toEqual(['unknown field "dta"'])
})

test('unknown fields are found at any depth, with indices', () => {
  const object = {
    kind: 'Pod',
    apiVersion: 'v1',
    spec: {
      containers: [{ name: 'a' }, { name: 'b', imagee: 'x', ports: [{ containerport: 1 }] }],
      volumes: [{ name: 'v', emptydir: {} }],
    },
    metadata: { lables: {}, labels: { anything: 'goes' } },
  }
  expect(checkFields(pod, object)).toEqual({
    unknown: [
      'unknown field "spec.containers[1].imagee"',
      'unknown field "spec.containers[1].ports[0].containerport"',
      'unknown field "spec.volumes[0].emptydir"',
      'unknown field "metadata.lables"',
    ],
  })
})

// The messages are Go's: k8s.io/apimachinery v0.36 on the same input.
describe('a value of the wrong type is reported as Go’s decoder does', () => {
  test.each([
    [
      deployment,
      { spec: { replicas: 'x' } },
      'string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 1.5 } },
      'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      pod,
      { metadata: { labels: { a: 1 } } },
      'number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      pod,
      { metadata: { labels: ['a'] } },
      'array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      pod,
      { spec: { containers: {} } },
      'object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      pod,
      { spec: { containers: ['x'] } },
      'string into Go struct field PodSpec.spec.containers of type v1.Container',
    ],
    [
      pod,
      { spec: { containers: [{ env: [{ name: 'A', value: 1 }] }] } },
      'number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      pod,
      { spec: { hostNetwork: 'true' } },
      'string into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
    [pod, { spec: 'x' }, 'string into Go struct field Pod.spec of type v1.PodSpec'],
    [
      service,
      { spec: { ports: [{ port: 'http' }] } },
      'string into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      service,
      { spec: { ports: [{ targetPort: true }] } },
      'bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
  ])('%#', (type, object, message) => {
    expect(checkFields(type, object).typeError).toBe(`json: cannot unmarshal ${message}`)
  })

  test('a number too large, a quantity, a time, base64', () => {
    expect(checkFields(deployment, { spec: { replicas: 99_999_999_999 } }).typeError).toBe(
      'json: cannot unmarshal number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32',
    )
    const data = { a: '%%' }
    expect(checkFields(typeOf('v1', 'Secret'), { data }).typeError).toBe(
      'illegal base64 data at input byte 0',
    )
    const limits = { cpu: 'lots' }
    expect(checkFields(pod, { spec: { containers: [{ resources: { limits } }] } }).typeError).toBe(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )
    expect(checkFields(pod, { metadata: { creationTimestamp: 'now' } }).typeError).toBe(
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    )
  })
})

test('nulls, numbers for quantities and both forms of a port are fine', () => {
  const object = {
    spec: {
      nodeName: null,
      containers: [
        { resources: { limits: { cpu: 1, memory: '1Gi' } }, livenessProbe: { httpGet: { port: 'web' } } },
        { livenessProbe: { httpGet: { port: 80 } } },
      ],
    },
  }
  expect(checkFields(pod, object)).toEqual({ unknown: [] })
})
