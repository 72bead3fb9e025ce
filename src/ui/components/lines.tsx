import { Box, Text } from 'ink'
import type { Size } from '../../terminals/cells.ts'
import { fitLine } from '../line.ts'

/** Lines (with or without SGR) in exactly this much room; those below are not shown, blanks fill what is left. */
export function Lines({ lines, size }: { readonly lines: readonly string[]; readonly size: Size }) {
  const { columns, rows } = size
  return (
    <Box flexDirection="column" width={columns} height={rows} flexShrink={0}>
      {Array.from({ length: rows }, (_, y) => (
        <Text key={y} wrap="truncate">
          {fitLine(lines[y] ?? '', columns)}
        </Text>
      ))}
    </Box>
  )
}
