import { expect, test } from 'vitest'
import { appendedHashes, ruleHashes } from '../../../../../src/dataplane/calico/rules/felix-chain.ts'
import { setRenderer } from '../../../../../src/dataplane/calico/rules/node-sets.ts'
import { tableRenderer, type FelixTable } from '../../../../../src/dataplane/calico/rules/tables.ts'
import { activeSetOf, golden, SCENES, surroundingsOf } from '../../../../helpers/felix-golden.ts'

const NODES = [0, 1, 2]
const cases = SCENES.flatMap((scene) => NODES.map((node) => ({ scene, node })))

/** Chain → hashes, for each table: the hash is of all the words of a rule and of those before it. */
function hashesOf({ chains, first, last }: FelixTable): Record<string, string[]> {
  const seen: Record<string, string[]> = {}
  for (const chain of [...first, ...chains.values()]) seen[chain.name] = ruleHashes(chain)
  for (const chain of last) seen[chain.name]?.push(...appendedHashes(chain))
  return seen
}

function hashesIn(saved: string): Record<string, Record<string, string[]>> {
  const tables: Record<string, Record<string, string[]>> = {}
  let table: Record<string, string[]> = {}
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) tables[line.slice(1)] = table = {}
    const [, declared] = /^:(cali-\S+)/.exec(line) ?? []
    if (declared) table[declared] = []
    const [, chain = '', hash = ''] = /^-A (\S+) .*?"cali:(\S+)"/.exec(line) ?? []
    if (hash) (table[chain] ??= []).push(hash)
  }
  return tables
}

test.each(cases)(
  'every rule of $scene on node #$node has the hash that real Felix gave it',
  ({ scene, node }) => {
    const tables = tableRenderer()(activeSetOf(scene, node), surroundingsOf(scene, node))
    const rendered = Object.fromEntries(tables.map((table) => [table.name, hashesOf(table)]))
    expect(rendered).toEqual(hashesIn(golden(scene, 'iptables', node)))
  },
)

test.each(cases)('ipsets of $scene on node #$node are those of real Felix', ({ scene, node }) => {
  const lines = golden(scene, 'ipset', node)
    .trim()
    .split('\n')
    .map((line) => line.split(' family ')[0] ?? '')
  const sets = setRenderer()(surroundingsOf(scene, node), activeSetOf(scene, node).ipSets.values())
  const rendered = sets.flatMap(({ name, type, members }) => [
    `create ${name} ${type}`,
    ...[...members].map((member) => `add ${name} ${member}`),
  ])
  expect(rendered.toSorted()).toEqual(lines.toSorted())
})
