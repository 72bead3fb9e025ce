/**
 * What Go's encoding/json says of a text that is not JSON: "invalid character 'n' looking for beginning of object key
 * string". Only for texts that JSON.parse has refused.
 */
export function goSyntaxError(text: string): string {
  const scan: Scan = { text, at: 0 }
  try {
    value(scan, 'looking for beginning of value')
    space(scan)
    if (scan.at < text.length) fail(scan, 'after top-level value')
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
  return 'invalid JSON'
}

interface Scan {
  readonly text: string
  at: number
}

function fail({ text, at }: Scan, where: string): never {
  if (at >= text.length) throw new SyntaxError('unexpected end of JSON input')
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  throw new SyntaxError(`invalid character ${quoteRune(character)} ${where}`)
}

function quoteRune(character: string): string {
  if (character === "'") return String.raw`'\''`
  if (character === '"') return `'"'`
  return `'${JSON.stringify(character).slice(1, -1)}'`
}

function space(scan: Scan): void {
  while (/[ \t\r\n]/.test(scan.text[scan.at] ?? '')) scan.at++
}

function value(scan: Scan, where: string): void {
  space(scan)
  const first = scan.text[scan.at] ?? ''
  if (first === '{') object(scan)
  else if (first === '[') array(scan)
  else if (first === '"') string(scan)
  else if (first === 't') literal(scan, 'true')
  else if (first === 'f') literal(scan, 'false')
  else if (first === 'n') literal(scan, 'null')
  else if (/[-0-9]/.test(first)) number(scan)
  else fail(scan, where)
}

function object(scan: Scan): void {
  scan.at++
  space(scan)
  if (scan.text[scan.at] === '}') return void scan.at++
  for (;;) {
    space(scan)
    if (scan.text[scan.at] !== '"') fail(scan, 'looking for beginning of object key string')
    string(scan)
    space(scan)
    if (scan.text[scan.at] !== ':') fail(scan, 'after object key')
    scan.at++
    value(scan, 'looking for beginning of value')
    space(scan)
    if (scan.text[scan.at] === '}') return void scan.at++
    if (scan.text[scan.at] !== ',') fail(scan, 'after object key:value pair')
    scan.at++
  }
}

function array(scan: Scan): void {
  scan.at++
  space(scan)
  if (scan.text[scan.at] === ']') return void scan.at++
  for (;;) {
    value(scan, 'looking for beginning of value')
    space(scan)
    if (scan.text[scan.at] === ']') return void scan.at++
    if (scan.text[scan.at] !== ',') fail(scan, 'after array element')
    scan.at++
  }
}

function string(scan: Scan): void {
  scan.at++
  for (;;) {
    const character = scan.text[scan.at] ?? ''
    if (character === '"') return void scan.at++
    if (character < ' ') fail(scan, 'in string literal')
    scan.at++
    if (character === '\\') {
      if (!/["\\/bfnrtu]/.test(scan.text[scan.at] ?? '')) fail(scan, 'in string escape code')
      scan.at++
    }
  }
}

function literal(scan: Scan, word: string): void {
  for (const letter of word) {
    if (scan.text[scan.at] !== letter) fail(scan, `in literal ${word} (expecting '${letter}')`)
    scan.at++
  }
}

function number(scan: Scan): void {
  if (scan.text[scan.at] === '-') scan.at++
  if (scan.text[scan.at] === '0') scan.at++
  else digits(scan, 'in numeric literal')
  if (scan.text[scan.at] === '.') {
    scan.at++
    digits(scan, 'after decimal point in numeric literal')
  }
  if (/[eE]/.test(scan.text[scan.at] ?? '')) {
    scan.at++
    if (/[-+]/.test(scan.text[scan.at] ?? '')) scan.at++
    digits(scan, 'in exponent of numeric literal')
  }
}

function digits(scan: Scan, where: string): void {
  if (!/\d/.test(scan.text[scan.at] ?? '')) fail(scan, where)
  while (/\d/.test(scan.text[scan.at] ?? '')) scan.at++
}
