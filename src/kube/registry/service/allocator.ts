/** A number from 0 (included) to 1 (excluded), as Math.random. */
export type Random = () => number

/**
 * Picks a free number from 0 to `size` (excluded): at random from `reserved` on, so that the numbers below stay free
 * for those who choose their own; below it only when all others are taken. Undefined when none is free.
 * As upstream's allocators do since KEP-3070 and KEP-3668.
 */
export function pickFree(
  size: number,
  reserved: number,
  isTaken: (index: number) => boolean,
  random: Random,
): number | undefined {
  return pickFrom(reserved, size, isTaken, random) ?? pickFrom(0, reserved, isTaken, random)
}

function pickFrom(
  start: number,
  end: number,
  isTaken: (index: number) => boolean,
  random: Random,
): number | undefined {
  const span = end - start
  const first = Math.floor(random() * span)
  for (let step = 0; step < span; step++) {
    const index = start + ((first + step) % span)
    if (!isTaken(index)) return index
  }
  return undefined
}
