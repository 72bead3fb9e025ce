import { describe, expect, test } from 'vitest'
import { marksFor, UNICODE_MARKS as marks } from '../../../../src/ui/marks.ts'
import type { StartEvent } from '../../../../src/ui/ports.ts'
import { StartScreen } from '../../../../src/ui/screens/start/start-screen.tsx'
import {
  beginStart,
  failStart,
  takeStartEvent,
  toggleSaid,
  type StartState,
} from '../../../../src/ui/screens/start/start-state.ts'
import { renderInk } from '../../../helpers/render-ink.tsx'

const GOLDEN = '../../../golden/ui'
const NOW = 1_700_000_000_000

const phase = (ms: number, name: string, machine?: string): StartEvent => ({
  type: 'phase',
  ms,
  name,
  machine,
})

/** As a real start of flannel tells it, a little shortened. */
const EVENTS: readonly StartEvent[] = [
  { type: 'say', line: 'Another start of flannel is at work; waiting for it.' },
  phase(31, 'namespaces'),
  phase(95, 'machine', 'node1'),
  phase(96, 'machine', 'node0'),
  phase(99, 'machine', 'node2'),
  phase(148, 'API server answers'),
  phase(221, 'kubelet, kube-proxy and network', 'node0'),
  phase(260, 'kubelet, kube-proxy and network', 'node2'),
  phase(243, 'node Ready', 'node0'),
]

const after = (events: readonly StartEvent[]) =>
  events.reduce(
    (state, event, i) => takeStartEvent(state, event, NOW + 40 * (i + 1)),
    beginStart('flannel', NOW),
  )

const FAILURE = {
  code: 'KNET_USERNS',
  message: 'This user may not make user namespaces, which the machines of a lab are made of.',
  hint: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
}

const frame = (state: StartState, columns: number, rows: number, used = marks) => {
  const { lines } = renderInk(<StartScreen state={state} size={{ columns, rows }} marks={used} />, {
    columns,
    rows,
  })
  expect(lines.length).toBeLessThanOrEqual(rows)
  return lines.join('\n')
}

describe.each([
  [80, 24],
  [160, 50],
])('at %i x %i', (columns, rows) => {
  test('a start shows what has happened where, and what is awaited', async () => {
    const shown = frame(after(EVENTS), columns, rows)
    await expect(shown).toMatchFileSnapshot(`${GOLDEN}/start-${columns}x${rows}.txt`)
  })

  test('a failure says what happened and which command mends it', async () => {
    const shown = frame(failStart(after(EVENTS.slice(0, 3)), FAILURE), columns, rows)
    await expect(shown).toMatchFileSnapshot(`${GOLDEN}/start-failed-${columns}x${rows}.txt`)
  })

  test('all that was said is shown on request, the newest where not all fits', () => {
    const said = Array.from({ length: 60 }, (_, i): StartEvent => ({ type: 'say', line: `said ${i}` }))
    const state = toggleSaid(after([...EVENTS, ...said]))
    expect(frame(state, columns, rows)).toContain('said 59')
    expect(frame(toggleSaid(state), columns, rows).match(/said \d+/g)).toEqual(['said 59'])
  })
})

test('times are kept for each machine, and machines by their names', () => {
  const { phases, machines, elapsed } = after(EVENTS)
  expect(machines).toEqual(['node0', 'node1', 'node2'])
  expect(phases.map(({ name }) => name)).toEqual([
    'namespaces',
    'machine',
    'API server answers',
    'kubelet, kube-proxy and network',
    'node Ready',
  ])
  expect(phases[1]?.at).toEqual({ node0: 96, node1: 95, node2: 99 })
  expect(elapsed).toBe(40 * EVENTS.length)
})

test('a phase is done when it has happened on every machine', () => {
  const shown = frame(after(EVENTS), 80, 24, marksFor({}))
  expect(shown).toMatch(/\+ machine +0\.10 s/)
  expect(shown).toMatch(/~ node Ready +0\.24 s +~ +~/)
  const all = after([...EVENTS, phase(250, 'node Ready', 'node1'), phase(260, 'node Ready', 'node2')])
  expect(frame(all, 80, 24, marksFor({}))).toMatch(/\+ node Ready +0\.24 s +0\.25 s +0\.26 s/)
})

test('nothing overflows a screen that is too small for the table', () => {
  for (const [columns, rows] of [
    [40, 10],
    [30, 6],
  ] as const) {
    const widths = frame(failStart(after(EVENTS), FAILURE), columns, rows).split('\n')
    expect(Math.max(...widths.map((line) => line.length))).toBeLessThanOrEqual(columns)
  }
})
