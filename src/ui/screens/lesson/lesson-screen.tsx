import { Box, Text } from 'ink'
import type { Look } from '../../app-state.ts'
import type { Size } from '../../../terminals/cells.ts'
import { Frame } from '../../components/frame.tsx'
import { TabBar } from '../../components/tab-bar.tsx'
import { inside, type LessonLayout } from '../../layout.ts'
import type { LessonState } from '../../lesson/lesson-state.ts'
import { lessonText } from '../../lesson/lesson-text.ts'
import { layoutOf } from '../../lesson/terminal-desk.ts'
import { inPanes, isOver, tabName } from '../../lesson/terminal-tabs.ts'
import type { Marks } from '../../marks.ts'

export interface LessonScreenProps {
  readonly lesson: LessonState
  /** Of the whole screen: the lesson's own layout leaves room for the bars. */
  readonly size: Size
  readonly look: Look
}

/** Frames for the step's text and for terminals; what is inside them is drawn by the compositor. */
export function LessonScreen({ lesson, size, look }: LessonScreenProps) {
  const { marks } = look
  const layout = layoutOf(lesson, size)
  const panes = layout.terminals.slice(0, Math.max(1, inPanes(lesson, layout.terminals.length).length))
  return (
    <Box flexDirection="column">
      {layout.tabbed && <Tabs lesson={lesson} columns={size.columns} marks={marks} />}
      <Box>
        {layout.text && <TextPane lesson={lesson} layout={layout} look={look} />}
        {panes.length > 0 && (
          <Box flexDirection="column">
            {panes.map((rect, i) => (
              <TerminalFrame
                key={i}
                lesson={lesson}
                index={i}
                size={rect}
                panes={panes.length}
                marks={marks}
              />
            ))}
          </Box>
        )}
      </Box>
    </Box>
  )
}

function Tabs({ lesson, columns, marks }: { lesson: LessonState; columns: number; marks: Marks }) {
  const { terminals, active, focus } = lesson
  const tabs = [
    'Lesson',
    ...terminals.map((tab) => `${tabName(terminals, tab)}${isOver(tab) ? ' ended' : ''}`),
  ]
  const at = focus === 'lesson' ? 0 : 1 + terminals.findIndex(({ id }) => id === active)
  return <TabBar tabs={tabs} active={at} columns={columns} marks={marks} />
}

function TextPane({ lesson, layout, look }: { lesson: LessonState; layout: LessonLayout; look: Look }) {
  const { marks } = look
  const pane = layout.text
  if (!pane) return undefined
  const size = inside(pane)
  const { lines, rows, scroll } = lessonText(lesson, size, look)
  const below = lines.length - scroll - rows
  const title = lesson.step ? `${lesson.step.number}/${lesson.step.total} ${lesson.step.title}` : lesson.title
  return (
    <Frame
      title={title}
      size={pane}
      focused={lesson.focus === 'lesson'}
      note={below > 0 ? `space: ${below} more ${marks.down}` : undefined}
      marks={marks}
    />
  )
}

interface TerminalFrameProps {
  readonly lesson: LessonState
  /** Which of the panes. */
  readonly index: number
  readonly panes: number
  readonly size: Size
  readonly marks: Marks
}

function TerminalFrame({ lesson, index, panes, size, marks }: TerminalFrameProps) {
  const id = inPanes(lesson, panes)[index]
  const tab = lesson.terminals.find((terminal) => terminal.id === id)
  if (!tab) {
    return (
      <Frame title="terminal" size={size} focused={false} marks={marks}>
        <Text dimColor>{' t opens one; Enter types the command that is marked into it.'}</Text>
      </Frame>
    )
  }
  const active = lesson.focus !== 'lesson' && tab.id === lesson.active
  const title = tabName(lesson.terminals, tab)
  return <Frame title={title} size={size} focused={active} note={noteOf(tab, lesson)} marks={marks} />
}

function noteOf(
  { id, exitCode, lost, scrolledBack }: LessonState['terminals'][number],
  { active, focus }: LessonState,
): string | undefined {
  if (lost) return 'ended with the lab; x closes it'
  if (exitCode !== undefined) return `ended with ${exitCode}; x closes it`
  if (scrolledBack > 0) return `${scrolledBack} lines back; G newest`
  return id === active && focus === 'lesson' ? 'Tab goes in' : undefined
}
