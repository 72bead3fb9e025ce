import { expect, test } from 'vitest'
import { hostMachine } from '../../../../src/machine/host.ts'
import { CounterReader, parseCounters } from '../../../../src/session/network/counters.ts'

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
flannel.1:     328       4    0    0    0     0          0         0      546       7    0    2    0     0       0          0
vethfdf06f95:123456789 1017    0    0    0     0          0         0    17748      40    0    0    0     0       0          0
`

test('packets are read from /proc/net/dev, also where a number touches the name', () => {
  expect(Object.fromEntries(parseCounters(NET_DEV))).toEqual({
    lo: { received: 0, sent: 0 },
    'flannel.1': { received: 4, sent: 7 },
    vethfdf06f95: { received: 1017, sent: 40 },
  })
})

test('one shell answers again and again, and says so when it has ended', async () => {
  const reader = new CounterReader(hostMachine(), new AbortController().signal)
  expect((await reader.read())?.has('lo')).toBe(true)
  expect((await reader.read())?.has('lo')).toBe(true)
  reader.stop()
  expect(await reader.read()).toBeUndefined()
})
