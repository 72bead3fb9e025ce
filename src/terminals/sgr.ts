import type { IBufferCell } from '@xterm/headless'

/** A colour's SGR parameters (ECMA-48 8.3.117, xterm's 90 to 107, ITU T.416 for 38 and 48). `base`: 30 or 40. */
function colour(base: number, isRgb: boolean, isPalette: boolean, value: number): string[] {
  if (isRgb) return [`${base + 8};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`]
  if (!isPalette) return []
  if (value < 8) return [`${base + value}`]
  return [value < 16 ? `${base + 60 + value - 8}` : `${base + 8};5;${value}`]
}

/** How a cell looks, as SGR parameters: attributes by their number, then foreground, then background. */
export function sgrOf(cell: IBufferCell): string {
  if (cell.isAttributeDefault()) return ''
  const attributes = [
    cell.isBold() && '1',
    cell.isDim() && '2',
    cell.isItalic() && '3',
    cell.isUnderline() && '4',
    cell.isBlink() && '5',
    cell.isInverse() && '7',
    cell.isInvisible() && '8',
    cell.isStrikethrough() && '9',
    cell.isOverline() && '53',
  ].filter((parameter) => parameter !== 0)
  return [
    ...attributes,
    ...colour(30, cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
    ...colour(40, cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
  ].join(';')
}
