import type { Params } from '../../lab/check-schema.ts'
import type { World } from '../world.ts'
import { type Answer, quoted } from './answer.ts'

/** Compares what the learner wrote into a file with what is true now. */
export async function answerCheck(check: Params<'answer'>, world: World): Promise<Answer> {
  const [written, truth] = await Promise.all([
    world.read(check.on, `cat '${check.file}' 2>/dev/null`),
    check.truth ? world.read(check.truth.on, check.truth.run) : undefined,
  ])
  const place = `${check.file} on ${check.on}`
  const seen = quoted(
    written.text
      .trim()
      .split(/\s*\n\s*/)
      .join(', '),
    1,
  )
  if (written.exit !== 0) return { ok: false, seen: 'no file', why: `There is no ${place} yet.` }
  if (written.text.trim() === '') return { ok: false, seen: 'an empty file', why: `${place} is empty.` }
  if (truth && (truth.exit !== 0 || truth.text.trim() === '')) {
    return { ok: false, seen, why: `The thing that ${place} tells of is not there: ${quoted(truth.text, 2)}` }
  }
  const normal = NORMAL[check.as ?? 'text']
  const ok = normal(written.text) === normal(truth?.text ?? String(check.equals ?? ''))
  return {
    ok,
    seen,
    why: ok ? `${place} says ${seen}.` : `${place} says ${seen}, and that is not how it is.`,
  }
}

/** Forms in which a right answer is always the same text. */
const NORMAL: Record<'text' | 'number' | 'words', (text: string) => string> = {
  text: (text) => text.trim().toLowerCase().split(/\s+/).join(' '),
  number: (text) => String(Number(/-?\d+(\.\d+)?/.exec(text)?.[0])),
  words: (text) =>
    [
      ...new Set(
        text
          .toLowerCase()
          .split(/[\s,;]+/)
          .filter(Boolean),
      ),
    ]
      .sort()
      .join(' '),
}
