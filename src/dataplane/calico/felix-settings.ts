import type { FelixConfiguration } from './resources.ts'

/** What FelixConfigurations say to one node: its own, `node.<name>`, before everybody's. */
export function felixSettings(
  configurations: readonly FelixConfiguration[],
  node: string,
): FelixConfiguration['spec'] {
  const called = (name: string) => configurations.find(({ metadata }) => metadata.name === name)?.spec
  return { ...called('default'), ...called(`node.${node}`) }
}
