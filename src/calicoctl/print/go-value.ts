/** A value as Go's `%v` prints it; numbers are taken for whole ones. */
export function goValue(value: unknown): string {
  if (value === undefined || value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`
  if (typeof value === 'object') return `{${Object.values(value).map(goValue).join(' ')}}`
  return String(value)
}

/** A float64 as Go's `%g` prints it: 1e+06, 0.5. @param precision how many digits; as many as it takes when absent */
export function goFloat(value: number, precision?: number): string {
  const rounded = precision === undefined ? value : Number(value.toPrecision(precision))
  const [digits = '', exponent = '0'] = rounded.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < (precision ?? 6)) return String(rounded)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
