import { isObject } from '../layout/shape.ts'

/** A document as Go's YAML writes it: keys sorted, lists not indented, and its own ways to quote. */
export function yamlText(value: unknown): string {
  return `${lines(value).join('\n')}\n`
}

function lines(value: unknown): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]']
    return value.flatMap((one) => {
      const [first = '', ...rest] = lines(one)
      return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))]
    })
  }
  if (!isObject(value)) return scalar(value)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  if (entries.length === 0) return ['{}']
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, one]) => entry(key, one))
}

function entry(key: string, value: unknown): string[] {
  const name = `${scalar(key).join('')}:`
  const [first = '', ...rest] = lines(value)
  const isBlock = isObject(value) && Object.keys(value).length > 0
  if (isBlock) return [name, ...[first, ...rest].map((line) => (line === '' ? '' : `  ${line}`))]
  if (Array.isArray(value) && value.length > 0) return [name, first, ...rest]
  return [`${name} ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))]
}

function scalar(value: unknown): string[] {
  if (typeof value !== 'string')
    return [value === undefined || value === null ? 'null' : JSON.stringify(value)]
  if (isTakenForOther(value) || /[^\n\t\P{C}]/u.test(value)) return [JSON.stringify(value)]
  if (value.includes('\n')) return literal(value)
  return [isPlain(value) ? value : `'${value.replaceAll("'", "''")}'`]
}

/** What a reader would take for null, a boolean, a number or a time. */
function isTakenForOther(text: string): boolean {
  return (
    /^(~|null|true|false|yes|no|on|off|y|n|)$/i.test(text) ||
    /^[-+]?(0b[01_]+|0x[\da-f_]+|0o?[0-7_]+|(\d[\d_]*(\.[\d_]*)?|\.\d+)(e[-+]?\d+)?|\.inf|\.nan)$/i.test(
      text,
    ) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$/.test(text) ||
    /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/.test(text)
  )
}

function isPlain(text: string): boolean {
  const startsAsOther = /^[#,[\]{}&*!|>'"%@`]|^[-?:]( |$)|^(---|\.\.\.)| $|^ /.test(text)
  return !startsAsOther && !/: | #|:$|\t/.test(text)
}

function literal(text: string): string[] {
  const ends = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-'
  return [`|${ends}`, ...text.replace(/\n$/, '').split('\n')]
}
