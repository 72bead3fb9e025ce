import { Box, Text } from 'ink'
import { widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { LOOKS } from '../theme.ts'

interface TabBarProps {
  readonly columns: number
  readonly tabs: readonly string[]
  /** Index of the one that is shown. */
  readonly active: number
  readonly marks: Marks
}

/** The panes that share the screen by turns. The active one is inverse with a mark, and always in sight. */
export function TabBar({ columns, tabs, active, marks }: TabBarProps) {
  const shown = tabsInSight(tabs, active, columns)
  return (
    <Box width={columns} height={1} flexShrink={0} overflow="hidden">
      {shown.map((i) => (
        <Text key={i} wrap="truncate" {...(i === active ? LOOKS.selected : LOOKS.muted)}>
          {` ${i === active ? marks.pointer : ' '} ${tabs[i]} `}
        </Text>
      ))}
      <Text {...LOOKS.muted} wrap="truncate">
        {shown.length < tabs.length ? ` ${marks.more}${tabs.length} ` : ''}
      </Text>
    </Box>
  )
}

const MORE = 4

/** Indexes of as many tabs around the active one as fit. */
function tabsInSight(tabs: readonly string[], active: number, columns: number): number[] {
  const width = (i: number) => widthOf(tabs[i] ?? '') + 4
  const all = tabs.map((_, i) => i)
  if (all.reduce((sum, i) => sum + width(i), 0) <= columns) return all
  let left = columns - MORE - width(active)
  const shown = [active]
  for (const i of all.toSorted((a, b) => Math.abs(a - active) - Math.abs(b - active)).slice(1)) {
    if (width(i) > left) break
    left -= width(i)
    shown.push(i)
  }
  return shown.sort((a, b) => a - b)
}
