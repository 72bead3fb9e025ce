import { expect, test } from 'vitest'
import type { LabError } from '../../../src/base/errors.ts'
import { apiFromHere } from '../../../src/k3s/api-from-here.ts'
import type { Running } from '../../../src/machine/driver.ts'

const SERVER = { name: 'node0', address: '172.19.0.2' }
const runningAt = (at: string | undefined) =>
  ({ topology: { name: 'flannel', networks: [], machines: [SERVER] }, reach: async () => at }) as Pick<
    Running,
    'topology' | 'reach'
  > as Running

test('the API is where its driver says that this host reaches it', async () => {
  expect(await apiFromHere(runningAt('far:6444'), { server: SERVER })).toBe('https://far:6444')
})

test('where nothing leads to it, what to publish is said', async () => {
  await expect(apiFromHere(runningAt(undefined), { server: SERVER })).rejects.toMatchObject({
    code: 'KNET_K3S',
    message: "The API of flannel can't be reached from here: nothing leads to port 6443 of node0.",
    hint: expect.stringContaining('containerPort: 6443') as unknown as string,
  } satisfies Partial<LabError>)
})
