import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { goldenCluster, type CalicoCluster } from '../../helpers/calico-cluster.ts'

const GOLDEN = resolve(import.meta.dirname, '../../golden/calicoctl/get')

let cluster: CalicoCluster
beforeAll(async () => {
  cluster = await goldenCluster()
})

/** A recording: what was typed, and what was said. */
function recorded(file: string): { argv: string[]; said: string } {
  const [typed = '', ...lines] = readFileSync(resolve(GOLDEN, file), 'utf8').split('\n')
  const argv = typed.split(' ').slice(2)
  return { argv, said: lines.join('\n').replace(/\[exit 0\]\n?$/, '') }
}

/** What each API server gives out itself, and what only some nodes' clocks know. */
const timeless = (text: string) =>
  text
    .replaceAll(/("?resourceVersion"?: )"[\d/]+"/g, '$1"…"')
    .replaceAll(/(resourceVersion: )[\d/]+/g, '$1…')
    .replaceAll(/("?uid"?: )"?[\da-f-]{36}"?/g, '$1…')
    .replaceAll(/("?creationTimestamp"?: )"[^"]+"/g, '$1"…"')

/** k3s lists in the order in which objects were made; we do by name. */
function byName(text: string, kind: string): string {
  const separator = kind === 'yaml' ? /^(?=- )/m : kind === 'json' ? /^(?= {4}\{\n)/m : /(?<=\n)/
  const [head = '', ...items] = text.split(separator)
  const ends = items.at(-1)?.match(kind === 'yaml' ? /^kind:.*$[^]*/m : /^ {2}\][^]*/m)?.[0] ?? ''
  const whole = items.map((item) => item.replace(ends, '').replace(/,\n$|\n$/, ''))
  return [head, ...whole.sort(), ends].join('\n')
}

const recordings = readdirSync(GOLDEN).filter((file) => !/^(wep|profile)/.test(file))

test.each(recordings)('%s is what the real one shows, byte for byte', async (file) => {
  const { argv, said } = recorded(file)
  const kind = /-(yaml|json)\.txt$/.exec(file)?.[1] ?? 'table'
  const { code, stdout } = await cluster.calicoctl(...argv)
  expect(code).toBe(0)
  const seen = timeless(stdout)
  if (file.startsWith('nodes')) expect(byName(seen, kind)).toBe(byName(timeless(said), kind))
  else expect(seen).toBe(timeless(said))
})

test('workload endpoints are made from pods: nodes, networks and interfaces as the real one has them', async () => {
  const { argv, said } = recorded('wep.txt')
  const { stdout } = await cluster.calicoctl(...argv)
  expect(byName(stdout, 'table')).toBe(byName(said, 'table'))
})

test('profiles are made from namespaces and service accounts', async () => {
  const { said } = recorded('profile-yaml.txt')
  for (const name of ['projectcalico-default-allow', 'kns.default', 'kns.demo']) {
    const item = timeless(said)
      .split(/^(?=- )/m)
      .find((one) => one.includes(`    name: ${name}\n`))
    const { stdout } = await cluster.calicoctl('get', 'profile', name, '-o', 'yaml')
    const alone = item?.replaceAll(/^(- | {2})/gm, '').replace(/^kind: ProfileList[^]*/m, '')
    expect(timeless(stdout)).toBe(alone)
  }
})

test('what is asked for by name comes alone, and what is not there is said of on stderr', async () => {
  const { code, stdout, stderr } = await cluster.calicoctl('get', 'ippool', 'default-ipv4-ippool', 'nosuch')
  expect(stdout).toBe(
    'NAME                  CIDR             SELECTOR   \ndefault-ipv4-ippool   192.168.0.0/16   all()      \n\n',
  )
  expect(stderr).toBe(
    'resource does not exist: IPPool(nosuch) with error: ippools.crd.projectcalico.org "nosuch" not found\n',
  )
  expect(code).toBe(1)
})

test('an export has nothing of this cluster only', async () => {
  const { stdout } = await cluster.calicoctl('get', 'ippool', 'default-ipv4-ippool', '-o', 'yaml', '--export')
  expect(stdout).toContain('  creationTimestamp: null\n  name: default-ipv4-ippool\nspec:')
})

test('columns can be chosen', async () => {
  const { stdout } = await cluster.calicoctl('get', 'ippool', '-o', 'custom-columns=NAME,NAT')
  expect(stdout).toBe('NAME                  NAT    \ndefault-ipv4-ippool   true   \n\n')
})
