import type {
  MapInterface,
  MapMachine,
  MapRoute,
  NetworkMap,
} from '../../../session/network/network-watch.ts'

/** A prefix or address, or a name as interfaces, machines and pods have them; not the full stop after it. */
const NAME = /\d+(?:\.\d+){3}(?:\/\d+)?|[a-z0-9](?:[\w.-]*[\w])?/gi

/** Every word of these texts and commands that could name something on the map. Which of them do, the map knows. */
export function highlightsOf(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => text.match(NAME) ?? []))
}

/** What of one machine the current step is about. */
export interface Lights {
  readonly machine: boolean
  interface(link: MapInterface): boolean
  pod(name: string): boolean
  route(route: MapRoute): boolean
}

/** When a step names machines, interfaces and routes of the others are not what it is about. */
export function lightsOf(map: NetworkMap, highlights: ReadonlySet<string>): (machine: MapMachine) => Lights {
  const namesMachines = map.machines.some(({ name }) => highlights.has(name))
  return (machine) => {
    const here = !namesMachines || highlights.has(machine.name)
    const pod = (name: string) => highlights.has(name) || highlights.has(workloadOf(name))
    return {
      machine: highlights.has(machine.name),
      interface: ({ name, addresses }) =>
        here &&
        (highlights.has(name) ||
          highlights.has(familyOf(name)) ||
          addresses.some((address) => hasAddress(highlights, address))),
      pod,
      // "default" is too common a word.
      route: ({ destination }) => here && destination.includes('.') && highlights.has(destination),
    }
  }
}

const hasAddress = (highlights: ReadonlySet<string>, address: string) =>
  highlights.has(address) || highlights.has(address.replace(/\/\d+$/, ''))

/** What the interfaces of a plugin's pods begin with: texts that are about all of them say `cali…`. */
const familyOf = (device: string) => /^(cali)[0-9a-f]{11}$/.exec(device)?.[1] ?? device

/** The deployment's, stateful set's or daemon set's name in a pod's. */
const workloadOf = (pod: string) => pod.replace(/(-[a-z0-9]{8,10})?-[a-z0-9]{5}$|-\d+$/, '')
