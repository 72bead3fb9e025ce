import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { footlooseConfig } from '../../../../src/drivers/docker/footloose.ts'
import { topologyOf, topologyOfRacks } from '../../../helpers/docker-lab.ts'

const config = (topology: ReturnType<typeof topologyOf>) =>
  footlooseConfig({ cluster: 'containers', image: 'knet-labs/node:1', topology }, '/state/it’s/run')

test('footloose is told of as many machines as there are, by a name that counts', () => {
  expect(parse(config(topologyOf('lab', 3)) ?? '')).toEqual({
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

test('machines that are not counted from 0 are none of footloose’s', () => {
  const { machines, ...rest } = topologyOf('lab', 3)
  expect(config({ ...rest, machines: machines.slice(1) })).toBeUndefined()
  expect(config(topologyOfRacks('racks'))).toBeUndefined()
})
