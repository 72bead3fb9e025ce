import { expect, test } from 'vitest'
import { dispatchChains } from '../../../../../src/dataplane/calico/rules/dispatch.ts'
import { chainName, setName } from '../../../../../src/dataplane/calico/rules/names.ts'

const UNKNOWN = 'Unknown interface --jump DROP'

function lines(...interfaces: string[]): Record<string, string[]> {
  return Object.fromEntries(
    dispatchChains('from', interfaces).map(({ name, rules }) => [
      name,
      rules.map(({ comments = [], match, action }) => [...comments, match, action].filter(Boolean).join(' ')),
    ]),
  )
}

test('without pods, whatever comes from a pod’s interface is dropped', () => {
  expect(lines()).toEqual({ 'cali-from-wl-dispatch': [UNKNOWN] })
})

test('pods whose names go on with the same letter have a chain of their own', () => {
  expect(lines('cali2b0000000000', 'cali1a0000000000', 'cali1b0000000000')).toEqual({
    'cali-from-wl-dispatch-1': [
      '--in-interface cali1a0000000000 --goto cali-fw-cali1a0000000000',
      '--in-interface cali1b0000000000 --goto cali-fw-cali1b0000000000',
      UNKNOWN,
    ],
    'cali-from-wl-dispatch': [
      '--in-interface cali1+ --goto cali-from-wl-dispatch-1',
      '--in-interface cali2b0000000000 --goto cali-fw-cali2b0000000000',
      UNKNOWN,
    ],
  })
})

test('names that are too long for the kernel are hashed', () => {
  expect(chainName('cali-pri-', 'ksa.kube-system.coredns')).toBe('cali-pri-_u2Tn2rSoAPffvE7JO6')
  expect(chainName('cali-pi-', 'default.twelve-lett')).toBe('cali-pi-default.twelve-lett')
  expect(chainName('cali-pi-', 'default.exactly-fit0')).toBe('cali-pi-default.exactly-fit0')
  expect(chainName('cali-pi-', '_clashes-with-hashes')).toMatch(/^cali-pi-_.{19}$/)
  expect(chainName('cali-pi-', '_clashes-with-hashes')).not.toContain('clashes')
  expect(setName('s:o1PtQqUEspRKXZ7BgYzWL3yAAAA')).toBe('cali40s:o1PtQqUEspRKXZ7BgYzWL3y')
})
