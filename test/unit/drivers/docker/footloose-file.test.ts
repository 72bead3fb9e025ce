import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { LabError } from '../../../../src/base/errors.ts'
import { formatted, readFootloose } from '../../../../src/drivers/docker/footloose-file.ts'
import { givenBy } from '../../../../src/drivers/docker/given.ts'
import { topologyOf } from '../../../helpers/docker-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'knet-footloose-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(text: string) {
  const file = join(folder, 'footloose.yaml')
  writeFileSync(file, text)
  return await readFootloose(file)
}

const TWO_KINDS = `
cluster: { name: talk, privateKey: cluster-key }
machines:
- count: 2
  spec:
    name: node%d
    image: quay.io/footloose/debian10
    privileged: true
    networks: [footloose-cluster]
    portMappings:
    - { containerPort: 22 }
    - { containerPort: 80, hostPort: 8080, address: 127.0.0.1 }
    volumes:
    - { type: volume, destination: /var/lib/rancher }
    - { type: bind, source: ./share, destination: /share, readOnly: true }
- count: 1
  spec: { name: node2, image: other, backend: docker, cmd: /lib/systemd/systemd, networks: null }
`

test('a footloose.yaml says what each of its machines is, counted over all of them', async () => {
  const { cluster, privateKey, machines } = await read(TWO_KINDS)
  expect({ cluster, privateKey }).toEqual({ cluster: 'talk', privateKey: join(folder, 'cluster-key') })
  expect(machines.map(({ name, image, privileged }) => [name, image, privileged])).toEqual([
    ['node0', 'quay.io/footloose/debian10', true],
    ['node1', 'quay.io/footloose/debian10', true],
    ['node2', 'other', false],
  ])
  expect(machines[1]?.ports).toEqual([
    { protocol: 'tcp', address: '', hostPort: 0, containerPort: 22 },
    { protocol: 'tcp', address: '127.0.0.1', hostPort: 8081, containerPort: 80 },
  ])
  expect(machines[0]?.volumes).toEqual([
    { type: 'volume', source: '', destination: '/var/lib/rancher', readOnly: false },
    { type: 'bind', source: join(folder, 'share'), destination: '/share', readOnly: true },
  ])
  expect(machines[2]?.cmd).toBe('/lib/systemd/systemd')
})

test('a key may be in the home folder', async () => {
  const { privateKey } = await read('cluster: { name: a, privateKey: ~/.ssh/id_rsa }\nmachines: []')
  expect(privateKey).toBe(join(homedir(), '.ssh/id_rsa'))
})

test('names are what Go makes of them', () => {
  expect(formatted('node%d', 2)).toBe('node2')
  expect(formatted('n%02d', 2)).toBe('n02')
  expect(formatted('n%.2d', 3)).toBe('n03')
  expect(formatted('100%%-%03d', 7)).toBe('100%-007')
  expect(formatted('fabric%.0d', 0)).toBe('fabric')
})

test.each([
  ['cluster: {}\nmachines: []', 'cluster.name'],
  ['cluster: { name: a }\nmachines: [{ count: 1, spec: { name: a, image: b, backend: ignite } }]', 'backend'],
  ['cluster: [', 'Flow sequence'],
])('a file that is none, such as %j, is refused for %s', async (text, why) => {
  await expect(read(text)).rejects.toMatchObject({ code: 'KNET_FOOTLOOSE' } satisfies Partial<LabError>)
  await expect(read(text)).rejects.toThrow(why)
})

test('a lab takes its machines of a file, by name, and the network that they are in', async () => {
  const file = await read(TWO_KINDS)
  const given = givenBy(file, topologyOf('lab', 3))
  expect(given).toMatchObject({ cluster: 'talk', network: 'footloose-cluster' })
  expect(Object.keys(given.machines)).toEqual(['node0', 'node1', 'node2'])
  expect(() => givenBy(file, topologyOf('lab', 4))).toThrow('node0, node1, node2, node3')
})
