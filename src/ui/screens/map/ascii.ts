const ASCII: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from('┌┐└┘┬┴┼├┷┿', (sign) => [sign, '+'])),
  '─': '-',
  '╶': '-',
  '│': '|',
  '┊': ':',
  '━': '=',
  '╳': 'X',
  '▸': '>',
  '↓': 'v',
  '↑': '^',
  '▼': 'V',
  '▲': 'A',
  '…': '~',
  '·': '-',
  '✗': 'x',
}

/** The same drawing for a terminal that has no box-drawing signs; as wide as before. */
export const inAscii = (line: string): string => line.replace(/\P{ASCII}/gu, (sign) => ASCII[sign] ?? '?')
