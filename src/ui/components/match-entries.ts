/** Something to be chosen from a list by typing. */
export interface Entry {
  readonly id: string
  readonly label: string
  /** At the right: keys, a mark. */
  readonly note?: string | undefined
}

/**
 * The entries that a query leaves, best first and otherwise in their order. Each word of it has to be in the label or the id, or
 * its letters at least, in their order, in the label.
 */
export function matchEntries<E extends Entry>(query: string, entries: readonly E[]): readonly E[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return entries
    .map((entry) => ({ entry, distance: Math.max(0, ...words.map((word) => distanceOf(word, entry))) }))
    .filter(({ distance }) => distance < Infinity)
    .sort((a, b) => a.distance - b.distance)
    .map(({ entry }) => entry)
}

/** 0 where the label begins with the word, more where it is found with more good will, Infinity where not at all. */
function distanceOf(word: string, { id, label }: Entry): number {
  const text = label.toLowerCase()
  const at = text.indexOf(word)
  if (at === 0) return 0
  if (at > 0) return /\W/.test(text[at - 1] ?? '') ? 1 : 2
  if (id.toLowerCase().includes(word)) return 3
  return hasLetters(text, word) ? 4 : Infinity
}

function hasLetters(text: string, letters: string): boolean {
  let at = -1
  return Array.from(letters).every((letter) => (at = text.indexOf(letter, at + 1)) >= 0)
}
