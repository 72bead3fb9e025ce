import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { firstNetwork } from '../../../../src/dataplane/cni/conf.ts'

const flannel = readFileSync(join(import.meta.dirname, '../../../golden/cni/10-flannel.conflist'), 'utf8')
const file = (name: string, content: string) => ({ path: `/etc/cni/net.d/${name}`, content })

test('the first file by name decides, whatever order the files come in', () => {
  const network = firstNetwork([file('20-other.conflist', '{'), file('10-flannel.conflist', flannel)])
  expect(network).toMatchObject({ name: 'cbr0', cniVersion: '0.3.1', source: flannel })
  expect(network?.plugins.map(({ type }) => type)).toEqual(['flannel', 'portmap'])
})

test('files of other kinds do not count, and a folder without configuration gives no network', () => {
  expect(firstNetwork([file('README', 'x'), file('10-flannel.conflist.bak', flannel)])).toBeUndefined()
})

test('the file of a single plugin becomes a list of one', () => {
  const network = firstNetwork([file('10.conf', '{"name":"n","cniVersion":"0.4.0","type":"bridge"}')])
  expect(network?.plugins).toEqual([{ name: 'n', cniVersion: '0.4.0', type: 'bridge' }])
  expect(JSON.parse(network?.source ?? '')).toMatchObject({ name: 'n', plugins: [{ type: 'bridge' }] })
})

test.each([
  [
    '{',
    /^failed to load CNI config list file \/etc\/cni\/net\.d\/10\.conflist: error parsing configuration list: /,
  ],
  ['{"plugins":[]}', /no name$/],
  ['{"name":"n"}', /no 'plugins' key$/],
  ['{"name":"n","plugins":[]}', /no plugins in list$/],
  ['{"name":"n","plugins":[{}]}', /missing 'type'$/],
  ['[]', /not a JSON object$/],
])('a malformed first file %s is an error that names the file', (content, words) => {
  expect(() => firstNetwork([file('10.conflist', content), file('20-flannel.conflist', flannel)])).toThrow(
    words,
  )
})
