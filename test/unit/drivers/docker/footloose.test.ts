import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { footlooseConfig } from '../../../../src/drivers/docker/footloose.ts'
import { topologyOf, topologyOfRacks } from '../../../helpers/docker-lab.ts'

const config = (topology: ReturnType<typeof topologyOf>) =>
  footlooseConfig({ cluster: 'containers', image: 'knet-labs/node:1', topology }, '/state/it’s/run')

test('footloose is told of as many machines as there are, by a name that counts', () => {
  expect(parse(config(topologyOf('lab', 3)))).toEqual({
    cluster: { name: 'containers', privateKey: '/state/it’s/run/cluster-key' },
    machines: [
      {
        count: 3,
        spec: {
          backend: 'docker',
          image: 'knet-labs/node:1',
          name: 'node%d',
          networks: ['containers'],
          portMappings: [{ containerPort: 22 }],
          privileged: true,
        },
      },
    ],
  })
})

test('a machine that is not counted, or has networks of its own, is the only one of its kind', () => {
  const { machines } = parse(config(topologyOfRacks('racks'))) as {
    machines: { count: number; spec: object }[]
  }
  expect(machines.map(({ count }) => count)).toEqual([1, 1, 1])
  expect(machines[2]?.spec).toMatchObject({
    name: 'fabric%.0d',
    networks: ['containers-rack25', 'containers-rack35'],
  })
})
