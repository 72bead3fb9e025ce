import type { Session } from '../session/session.ts'
import type { Output } from './output.ts'

/** Passes on what the learner must know about the session itself, such as progress that can't be saved. */
export function tellNotices(output: Output, session: Session): void {
  for (const notice of session.takeNotices()) output.notice(notice)
}
