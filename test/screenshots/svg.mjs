/** xterm's own 16 colours, on a dark background; the other 240 by their cube and ramp. */
const PALETTE =
  '#1d1f21 #cc6666 #b5bd68 #f0c674 #81a2be #b294bb #8abeb7 #c5c8c6 #767876 #e06c75 #98c379 #e5c07b #61afef #c678dd #56b6c2 #ffffff'.split(
    ' ',
  )
const BACKGROUND = '#16181a'
const FOREGROUND = '#c5c8c6'
/** Of one cell, in px. */
const CELL = { width: 8.4, height: 18 }
const MARGIN = 12

const hex = (...channels) => `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
const level = (step) => (step === 0 ? 0 : 55 + step * 40)

function colourOf(colour, otherwise) {
  if (colour === 'default') return otherwise
  if (typeof colour === 'string') return colour
  if (colour < 16) return PALETTE[colour]
  if (colour >= 232) return hex(...Array(3).fill(8 + (colour - 232) * 10))
  const index = colour - 16
  return hex(level(Math.floor(index / 36)), level(Math.floor(index / 6) % 6), level(index % 6))
}

function lookOf({ fg, bg, inverse, bold, dim, italic, underline }) {
  const [ink, paper] = [colourOf(fg, FOREGROUND), colourOf(bg, BACKGROUND)]
  return {
    fill: inverse ? paper : ink,
    paper: inverse ? ink : paper,
    style: [bold && 'b', dim && 'd', italic && 'i', underline && 'u'].filter(Boolean).join(' '),
  }
}

/** Cells of a row that look alike, as one text each. */
function runsOf(screen, y) {
  const runs = []
  for (let x = 0; x < screen.size.columns; x++) {
    const cell = screen.cell(x, y)
    const look = lookOf(cell)
    const last = runs.at(-1)
    const same = last && Object.keys(look).every((key) => last[key] === look[key])
    if (same) Object.assign(last, { text: last.text + cell.chars, columns: last.columns + 1 })
    else runs.push({ x, columns: 1, text: cell.chars, ...look })
  }
  return runs
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const px = (value) => Number(value.toFixed(1))

function drawn({ x, columns, text, fill, paper, style }, y) {
  const top = px(MARGIN + y * CELL.height)
  const box = `x="${px(MARGIN + x * CELL.width)}" y="${top}" width="${px(columns * CELL.width)}" height="${CELL.height}"`
  const ground = paper === BACKGROUND ? '' : `<rect ${box} fill="${paper}"/>`
  const words = text.trim()
  if (words === '') return ground
  // Not every viewer keeps blanks at the ends, and a text's length would be another then.
  const before = text.length - text.trimStart().length
  const after = text.length - text.trimEnd().length
  const place = `x="${px(MARGIN + (x + before) * CELL.width)}" y="${top + 14}"`
  const length = `textLength="${px((columns - before - after) * CELL.width)}"`
  const looks = style && ` class="${style}"`
  return `${ground}<text ${place} ${length} fill="${fill}"${looks}>${escaped(words)}</text>`
}

/** A screen as a picture: what a reader of it has in its cells. */
export function svgOf(screen) {
  const { columns, rows } = screen.size
  const [width, height] = [columns * CELL.width + 2 * MARGIN, rows * CELL.height + 2 * MARGIN]
  const lines = Array.from({ length: rows }, (_, y) =>
    runsOf(screen, y)
      .map((run) => drawn(run, y))
      .join(''),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}.b{font-weight:bold}.d{opacity:.6}.i{font-style:italic}.u{text-decoration:underline}</style>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${lines.filter(Boolean).join('\n')}
</svg>
`
}
