import { expect, test } from 'vitest'
import { imageProblem } from '../../../src/workloads/image-problem.ts'
import { tagOf } from '../../../src/workloads/reference.ts'
import { imageCatalogue } from '../../../src/workloads/images.ts'

const images = imageCatalogue('node0', { node: '/k/node', bundle: '/k/cli.mjs', folder: '/k' })

test.each([
  ['hello-kubernetes', 'hello-kubernetes'],
  ['paulbouwer/hello-kubernetes:1.8', 'hello-kubernetes'],
  ['docker.io/paulbouwer/hello-kubernetes:1.10.1', 'hello-kubernetes'],
  ['localhost:5000/hello-kubernetes', 'hello-kubernetes'],
  ['busybox:1.28', 'busybox'],
  ['docker.io/library/nginx@sha256:0123', 'nginx'],
  ['registry.k8s.io/e2e-test-images/agnhost:2.45', 'e2e-test-images/agnhost'],
  ['rancher/mirrored-coredns-coredns:1.10.1', undefined],
  ['coredns/coredns:1.11.1', 'coredns'],
  ['docker.io/calico/node:v3.23.5', 'calico/node'],
  ['quay.io/calico/kube-controllers:v3.24.1', 'calico/kube-controllers'],
  ['calico/cni', 'calico/cni'],
  ['node', undefined],
  ['mybusybox', undefined],
  ['busybox.example.com/other', undefined],
  ['', undefined],
])('the reference %s names %s', (reference, name) => {
  expect(images.find(reference)?.name).toBe(name)
})

test('what is said of an unknown image lists the known ones and a way to run any', () => {
  const problem = imageProblem(images, 'redis:7')
  for (const word of ['"redis:7"', 'hello-kubernetes', 'busybox', 'nginx', '--driver docker']) {
    expect(problem).toContain(word)
  }
})

test('the release of an image is its tag, wherever it comes from', () => {
  expect(tagOf('docker.io/calico/node:v3.23.5')).toBe('v3.23.5')
  expect(tagOf('localhost:5000/calico/node@sha256:0123')).toBeUndefined()
  expect(tagOf('localhost:5000/calico/node:v3.24.1@sha256:0123')).toBe('v3.24.1')
})
