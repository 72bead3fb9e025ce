import { expect, test } from 'vitest'
import { chosenDriver, type DriverName, type DriverReport } from '../../../src/drivers/choice.ts'

const report = (name: DriverName, ...lacks: string[]): DriverReport => ({
  name,
  findings: lacks.map((what) => ({ name: what, ok: false, required: true, why: '', seen: '' })),
})
const optional = { name: 'tshark', ok: false, required: false, why: '', seen: '' }

test('Linux has the sandbox where it works, whatever else there is', () => {
  const reports = [{ name: 'sandbox', findings: [optional] } as const, report('docker')]
  expect(chosenDriver('linux', reports).name).toBe('sandbox')
})

test('Docker serves where the sandbox can’t, and the reason names what that lacks', () => {
  const reports = [report('sandbox', 'ip', 'unshare'), report('docker')]
  expect(chosenDriver('linux', reports)).toEqual({
    name: 'docker',
    why: 'the sandbox lacks ip, unshare, and a Docker daemon answers',
  })
  const neither = chosenDriver('linux', [report('sandbox', 'ip'), report('docker', 'docker')])
  expect(neither).toEqual({
    name: 'sandbox',
    why: 'the sandbox lacks ip, which is quicker to mend than to get Docker',
  })
})

test('what is no Linux has the sandbox in a container, and hears of a virtual machine when that is what works', () => {
  expect(chosenDriver('darwin', [report('container'), report('vagrant', 'vagrant')]).name).toBe('container')
  const { name, why } = chosenDriver('win32', [report('container', 'docker'), report('vagrant')])
  expect(name).toBe('container')
  expect(why).toContain('lacks docker; --driver vagrant would work as it is')
})
