import { expect, test } from 'vitest'
import { imageProblem } from '../../../src/workloads/image-problem.ts'
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
