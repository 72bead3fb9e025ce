import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ActiveSet } from '../../../src/dataplane/calico/felix/active.ts'
import { startEnforcer, type Enforcer } from '../../../src/dataplane/calico/felix/enforcer.ts'
import type { Surroundings } from '../../../src/dataplane/calico/rules/surroundings.ts'
import { machineShell, type NodeShell } from '../../../src/dataplane/cni/node-shell.ts'
import type { Machine } from '../../../src/machine/machine.ts'
import { activeSetOf, golden, SCENES, type Scene, surroundingsOf } from '../../helpers/felix-golden.ts'
import { run, sandboxNodes, type SandboxNodes } from '../../helpers/sandbox-nodes.ts'

let nodes: SandboxNodes
let machine: Machine
let felix: Enforcer | undefined
/** What Felix is to enforce: tests replace it, and touch. */
let active: ActiveSet
let around: Surroundings
const scripts: string[] = []
const problems: unknown[] = []

beforeAll(async () => {
  nodes = await sandboxNodes(['172.19.0.10'])
  machine = nodes.machines[0]!
})
afterAll(() => nodes.close())
afterEach(() => {
  felix?.stop()
  expect(problems.splice(0)).toEqual([])
})

async function felixFor(scene: Scene, node: number): Promise<Enforcer> {
  const shell = machineShell(machine)
  const noted: NodeShell = {
    run(script) {
      scripts.push(script)
      return shell.run(script)
    },
  }
  active = activeSetOf(scene, node)
  around = surroundingsOf(scene, node)
  felix?.stop()
  felix = startEnforcer({
    machine,
    shell: noted,
    known: Promise.resolve(),
    active: () => active,
    surroundings: () => around,
    onProblem: (problem) => problems.push(problem),
  })
  await felix.settled()
  scripts.length = 0
  return felix
}

async function change(next: { readonly active?: ActiveSet; readonly around?: Surroundings }): Promise<string[]> {
  active = next.active ?? active
  around = next.around ?? around
  scripts.length = 0
  felix?.touch()
  await felix?.settled()
  return scripts
}

/** Calico's lines, table by table: rules in order, chains by name. */
function calicos(saved: string): string[] {
  const lines = saved.split('\n').map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
  const sections = new Map<string, string[]>()
  let section: string[] = []
  for (const line of lines) {
    if (line.startsWith('*')) sections.set(line, (section = [line]))
    else if (/^:cali-|"cali:/.test(line)) section.push(line)
  }
  return ['*raw', '*mangle', '*nat', '*filter'].flatMap((name) => sections.get(name) ?? [])
}

/** The addresses of the machine that the recording is of are others. */
function sets(saved: string): string[] {
  const lines = saved.split('\n').filter((line) => line && !line.startsWith('add cali40this-host'))
  return lines.map((line) => line.replace(/ (bucketsize|initval).*/, '')).toSorted()
}

const rules = () => run(machine, 'iptables-save')
const ipsets = () => run(machine, 'ipset', 'save')

test.each(SCENES.flatMap((scene) => [0, 1, 2].map((node) => ({ scene, node }))))(
  'iptables-save and ipset print for $scene on node #$node what they did on a real one',
  async ({ scene, node }) => {
    await felixFor(scene, node)
    expect(calicos(await rules())).toEqual(calicos(golden(scene, 'iptables', node)))
    expect(sets(await ipsets())).toEqual(sets(golden(scene, 'ipset', node)))
  },
)

test('the addresses of the node itself are in a set', async () => {
  await felixFor('vxlan', 1)
  const members = (await ipsets()).match(/^add cali40this-host .*/gm)?.map((line) => line.split(' ')[2])
  expect(members?.toSorted()).toEqual(
    ['127.0.0.0', '127.0.0.1', '172.19.0.10', '172.30.0.11', '192.168.166.131'].toSorted(),
  )
})
