import type { Failure, StartEvent } from '../../ports.ts'

/** One kind of thing that happens while a lab comes up, with when it had happened where. */
export interface StartPhase {
  readonly name: string
  /** Milliseconds, by machine; '' is the lab as a whole. */
  readonly at: Readonly<Record<string, number>>
}

/** How far the start of a lab is. */
export interface StartState {
  /** Id. */
  readonly lab: string
  /** When it began, and how long it had taken at the last event, in milliseconds. */
  readonly began: number
  readonly elapsed: number
  /** In the order in which they came. */
  readonly phases: readonly StartPhase[]
  readonly machines: readonly string[]
  readonly said: readonly string[]
  readonly showSaid: boolean
  readonly failure: Failure | undefined
}

export function beginStart(lab: string, now: number): StartState {
  return {
    lab,
    began: now,
    elapsed: 0,
    phases: [],
    machines: [],
    said: [],
    showSaid: false,
    failure: undefined,
  }
}

export function takeStartEvent(state: StartState, event: StartEvent, now: number): StartState {
  const next = { ...state, elapsed: now - state.began }
  if (event.type === 'say') return { ...next, said: [...state.said, event.line] }
  const { machine = '', name, ms } = event
  const known = state.phases.some((phase) => phase.name === name)
  const phases = known ? state.phases : [...state.phases, { name, at: {} }]
  return {
    ...next,
    machines:
      machine && !state.machines.includes(machine) ? [...state.machines, machine].sort() : state.machines,
    phases: phases.map((phase) =>
      phase.name === name ? { name, at: { ...phase.at, [machine]: ms } } : phase,
    ),
  }
}

export const failStart = (state: StartState, failure: Failure): StartState => ({ ...state, failure })

/** `v`: all that was said on the way, or its last line only. */
export const toggleSaid = (state: StartState): StartState => ({ ...state, showSaid: !state.showSaid })
