import { Box, Text } from 'ink'
import { widthOf } from '../line.ts'
import type { Marks } from '../marks.ts'
import { LOOKS, type Role } from '../theme.ts'

export type StepMark = 'done' | 'here' | 'todo'

export interface TitleBarProps {
  readonly columns: number
  readonly title: string
  /** Each step of the lab, in order. Without them the bar has no progress. */
  readonly steps?: readonly StepMark[]
  /** At the right, such as the hints used and the driver. The first matter most. */
  readonly notes?: readonly string[]
  /** What is being done or has just happened; in the place of the notes. */
  readonly message?: string | undefined
  readonly marks: Marks
}

const STEP_ROLES: Readonly<Record<StepMark, Role>> = { done: 'good', here: 'accent', todo: 'muted' }
const GAP = 2

/** The top row: which lab, how far, and how it stands. What does not fit is left out, the title shortened last of all. */
export function TitleBar({ columns, title, steps = [], notes = [], message, marks }: TitleBarProps) {
  const here = steps.indexOf('here') + 1
  const number = here > 0 ? `${here}/${steps.length}` : ''
  const right = message === undefined ? notes.join(' · ') : message
  const room = columns - widthOf(title) - (number ? widthOf(number) + GAP : 0)
  const withRight = right !== '' && room >= widthOf(right) + GAP
  const left = room - (withRight ? widthOf(right) + GAP : 0)
  const withDots = number !== '' && left >= steps.length + 1
  const squeezed = !withRight && message !== undefined
  return (
    <Box width={columns} height={1} flexShrink={0} overflow="hidden">
      <Text {...LOOKS.accent} wrap="truncate">
        {title}
      </Text>
      {number && (
        <Box flexShrink={0} marginLeft={GAP}>
          <Text {...LOOKS.strong}>{number}</Text>
        </Box>
      )}
      {withDots && (
        <Box flexShrink={0} marginLeft={1}>
          <Dots steps={steps} marks={marks} />
        </Box>
      )}
      <Box flexGrow={1} />
      {(withRight || squeezed) && (
        <Box flexShrink={squeezed ? 1 : 0} marginLeft={GAP}>
          <Text {...(message === undefined ? LOOKS.muted : LOOKS.strong)} wrap="truncate">
            {right}
          </Text>
        </Box>
      )}
    </Box>
  )
}

function Dots({ steps, marks }: Required<Pick<TitleBarProps, 'steps' | 'marks'>>) {
  return (
    <Text>
      {steps.map((step, i) => (
        <Text key={i} {...LOOKS[STEP_ROLES[step]]}>
          {marks.step[step]}
        </Text>
      ))}
    </Text>
  )
}
