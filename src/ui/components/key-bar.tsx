import { Box, Text } from 'ink'
import type { Marks } from '../marks.ts'
import { LOOKS } from '../theme.ts'
import { fitHints, keyName, type KeyHint } from './key-hint.ts'

/** What keys do now, in one row: as many as fit, the most useful first, and always the one that shows all. */
export function KeyBar(props: {
  readonly columns: number
  readonly hints: readonly KeyHint[]
  readonly marks: Marks
}) {
  const { columns, hints, marks } = props
  return (
    <Box width={columns} height={1} columnGap={2} flexShrink={0} overflow="hidden">
      {fitHints(hints, columns, marks).map(({ keys, label }) => (
        <Text key={`${keys[0]} ${label}`} wrap="truncate">
          <Text {...LOOKS.accent}>{keyName(keys[0] ?? '', marks)}</Text> {label}
        </Text>
      ))}
    </Box>
  )
}
