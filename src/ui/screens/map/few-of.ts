/** So many pods of a node are all drawn; of more a few, as a list that long tells nothing but its length. */
const MANY = 20
const FEW = 8

/** What to draw of a list, in its order: all of it, or a few, those first that matter, and how many more there are. */
export function fewOf<Thing>(
  list: readonly Thing[],
  matters: (thing: Thing) => boolean,
): { readonly shown: readonly Thing[]; readonly more: number } {
  if (list.length <= MANY) return { shown: list, more: 0 }
  const ordered = new Set([...list.filter(matters), ...list])
  const chosen = new Set([...ordered].slice(0, FEW))
  return { shown: list.filter((thing) => chosen.has(thing)), more: list.length - chosen.size }
}
