/** What a kind of check found. A failure is a value; what could not be looked at is an exception. */
export interface Answer {
  readonly ok: boolean
  /** What was observed, in a few words or lines: `{{ seen }}` in a lab's texts. */
  readonly seen: string
  /** Why not, as a sentence. Also used when `absent` turns the question round, so it says what is there. */
  readonly why: string
}

/** Compares a thing with what is wanted of it, field by field: `mtu is 1500, not 1450`. */
export function differences(
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(wanted).flatMap(([name, want]) => {
    if (want === undefined || same(found[name], want)) return []
    return [`${name} is ${String(found[name] ?? 'not set')}, not ${String(want)}`]
  })
}

/** Labs write numbers and words alike; the kernel and the API too. */
export const same = (a: unknown, b: unknown) => String(a).toLowerCase() === String(b).toLowerCase()

/**
 * Looks for a thing that is as wanted. When there is none, the answer tells of the one that comes nearest, as that is
 * most likely the one the learner made.
 */
export function search<T>(options: {
  /** "a route to 10.42.1.0/24 on node0" */
  what: string
  candidates: readonly T[]
  wanted: Readonly<Record<string, unknown>>
  read: (candidate: T) => Readonly<Record<string, unknown>>
  describe: (candidate: T) => string
}): Answer {
  const { what, candidates, wanted, read, describe } = options
  const ranked = candidates
    .map((candidate) => ({ candidate, wrong: differences(read(candidate), wanted) }))
    .sort((a, b) => a.wrong.length - b.wrong.length)
  const best = ranked[0]
  if (!best) return { ok: false, seen: 'nothing', why: `There is no ${what}.` }
  const seen = describe(best.candidate)
  if (best.wrong.length === 0) return { ok: true, seen, why: `There is ${article(what)} ${what}: ${seen}.` }
  return {
    ok: false,
    seen,
    why: `There is no ${what} as wanted; the nearest is ${seen}: ${best.wrong.join(', ')}.`,
  }
}

const article = (noun: string) => (/^[aeiou]/i.test(noun) ? 'an' : 'a')

/** "on node0", "in namespace red of node0" */
export const where = (on: string, netns?: string) =>
  netns === undefined ? `on ${on}` : `in namespace ${netns} of ${on}`

/** The head of an output, short enough to be quoted. */
export function quoted(text: string, lines = 6): string {
  const all = text.trim().split('\n')
  const head = all
    .slice(0, lines)
    .map((line) => line.slice(0, 200))
    .join('\n')
  return all.length > lines ? `${head}\n… (${all.length - lines} more lines)` : head || 'nothing'
}
