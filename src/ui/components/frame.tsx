import { Box, Text } from 'ink'
import type { ReactNode } from 'react'
import type { Size } from '../../terminals/cells.ts'
import type { Marks } from '../marks.ts'
import { LOOKS } from '../theme.ts'
import { borderOf, topBorder, type FrameTitle } from './frame-lines.ts'

/** A pane with its name in the border. Its children have two columns and two rows less. */
export function Frame(props: FrameTitle & { size: Size; marks: Marks; children?: ReactNode }) {
  const { size, marks, children, focused } = props
  const look = focused ? LOOKS.accent : LOOKS.muted
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows} flexShrink={0} overflow="hidden">
      <Text wrap="truncate">{topBorder(props, size.columns, marks)}</Text>
      {/* Made anew when the border changes: Ink 6.8 then gives a box that has no upper border room for one. */}
      <Box
        key={focused ? 'focused' : 'plain'}
        borderStyle={borderOf(focused, marks)}
        borderTop={false}
        {...(look.color ? { borderColor: look.color } : {})}
        borderDimColor={look.dimColor ?? false}
        height={Math.max(1, size.rows - 1)}
        flexDirection="column"
        overflow="hidden"
      >
        {children}
      </Box>
    </Box>
  )
}
