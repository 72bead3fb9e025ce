/** Control and format characters (C0, C1, bidirectional overrides, zero width), private use, half surrogates, separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu

/** What came from packets, as a screen may show it: one line, nothing in it that a terminal obeys. */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replaceAll(UNPRINTABLE, '·')
}
