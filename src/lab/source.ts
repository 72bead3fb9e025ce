import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Problem } from './problem.ts'

/** A place in a YAML document: keys and indices from the top. */
export type Path = readonly PropertyKey[]

/** A YAML file whose values remember where they were written. */
export interface YamlSource {
  readonly value: unknown
  /** Mistakes of YAML itself. */
  readonly problems: readonly Problem[]
  /** A problem at the value (or with `key`, at the key) that `path` leads to; at the nearest parent if there is none. */
  problem(path: Path, message: string, key?: string): Problem
}

/** Reads YAML without throwing: what is wrong with it is in `problems`. */
export function readYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const offsetOf = (path: Path, key?: string): number => {
    for (let length = path.length; length >= 0; length--) {
      const node = length ? document.getIn(path.slice(0, length), true) : document.contents
      if (!isNode(node)) continue
      const wanted = length === path.length ? key : undefined
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && item.key.value === wanted)
        : undefined
      const target = wanted !== undefined && pair && isNode(pair.key) ? pair.key : node
      return target.range?.[0] ?? 0
    }
    return 0
  }
  // Where the parser loses its way, every further token is "unexpected": only the first tells something.
  const lost = document.errors.findIndex((error) => error.code === 'UNEXPECTED_TOKEN')
  const told = document.errors.filter((error, n) => error.code !== 'UNEXPECTED_TOKEN' || n === lost)
  const problems = told.map((error) => ({ ...at(error.pos[0]), message: error.message }))
  return {
    value: problems.length ? undefined : document.toJS({ maxAliasCount: 100 }),
    problems,
    problem: (path, message, key) => ({ ...at(offsetOf(path, key)), message }),
  }
}
