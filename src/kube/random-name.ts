/** Without vowels and look-alikes, so that it spells nothing: apimachinery's util/rand. */
export const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** The five characters that generateName appends. */
export function randomSuffix(): string {
  return Array.from(
    { length: 5 },
    () => NAME_ALPHABET[Math.floor(Math.random() * NAME_ALPHABET.length)],
  ).join('')
}
