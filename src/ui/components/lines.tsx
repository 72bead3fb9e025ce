import { Box, Text } from 'ink'
import type { Size } from '../../terminals/cells.ts'
import { fitLine } from '../line.ts'

/**
 * Lines (with or without SGR) in exactly this much room; those below are not shown. One text for all of them, without the
 * blanks at their ends: Ink lays out and draws each text by itself, and looks at every sign of it.
 */
export function Lines({ lines, size }: { readonly lines: readonly string[]; readonly size: Size }) {
  const { columns, rows } = size
  const shown = lines.slice(0, rows).map((line) => fitLine(line, columns).trimEnd())
  return (
    <Box width={columns} height={rows} flexShrink={0}>
      <Text>{shown.join('\n')}</Text>
    </Box>
  )
}
