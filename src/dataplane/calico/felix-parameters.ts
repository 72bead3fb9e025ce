import { isIPv4 } from '../../net/ipv4.ts'
import type { PortRange } from './felix/active.ts'

/** What Felix was told, by the names that its environment has for it, in small letters: `ipinipmtu` for FELIX_IPINIPMTU. */
export type Parameters = ReadonlyMap<string, string>

/** Where a FelixConfiguration's field is called otherwise than Felix's own parameter. */
const NAMES: Readonly<Record<string, string>> = {
  ipipEnabled: 'ipinipenabled',
  ipipMTU: 'ipinipmtu',
  externalNodesList: 'externalnodescidrlist',
}

/**
 * Several sources as one; later ones come before earlier ones. Upstream: felix/config, and libcalico-go, felixconfig processor.
 * @param environment only FELIX_… counts
 */
export function parametersOf(
  specs: readonly Readonly<Record<string, unknown>>[],
  environment: Readonly<Record<string, string>>,
): Parameters {
  const said = specs.flatMap((spec) =>
    Object.entries(spec).map(([key, value]) => [(NAMES[key] ?? key).toLowerCase(), textOf(value)] as const),
  )
  const set = Object.entries(environment).flatMap(([key, value]) => {
    const [, name] = /^felix_(\w+)$/.exec(key.toLowerCase()) ?? []
    return name === undefined ? [] : [[name, value] as const]
  })
  return new Map([...said, ...set].filter(([, value]) => value !== ''))
}

/** `1m30s` is what the API says, and seconds what Felix reads. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',')
  if (value === null || value === undefined || typeof value === 'object') return ''
  const text = String(value)
  const units = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (units.length === 0 || units.map(([unit]) => unit).join('') !== text) return text
  return String(units.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (SECONDS[unit] ?? 0), 0))
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }

/** One of a few words, whatever its case; otherwise the default. */
export function word<T extends string>(text: string | undefined, words: readonly T[], usual: NoInfer<T>): T {
  return words.find((one) => one.toLowerCase() === text?.toLowerCase()) ?? usual
}

/** Undefined for what is neither. */
export function truth(text: string | undefined): boolean | undefined {
  if (/^(true|1|yes|y|t)$/i.test(text ?? '')) return true
  return /^(false|0|no|n|f)$/i.test(text ?? '') ? false : undefined
}

/** A whole number, also 0xffff0000. */
export function whole(text: string | undefined, usual: number): number {
  const number = Number(text ?? 'none')
  return Number.isInteger(number) && number >= 0 ? number : usual
}

/** Milliseconds. */
export function duration(text: string | undefined, usual: number): number {
  const seconds = Number(text ?? 'none')
  return Number.isFinite(seconds) ? seconds * 1000 : usual
}

export function address(text: string | undefined): string | undefined {
  return text !== undefined && isIPv4(text) ? text : undefined
}

/** 32768:65535, or one port. */
export function ports(text: string | undefined): PortRange | undefined {
  const [, first, last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text ?? '') ?? []
  const range = { first: Number(first), last: Number(last) }
  return range.last > 0 && range.last < 65_536 && range.first <= range.last ? range : undefined
}

/** What matches, of names with commas between them; undefined when one does not. */
export function names(text: string | undefined, pattern: RegExp): string[] | undefined {
  const list = text?.split(',')
  return list?.every((one) => pattern.test(one)) ? list : undefined
}
