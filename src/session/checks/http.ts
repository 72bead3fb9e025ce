import type { Params } from '../../lab/check-schema.ts'
import { inside } from '../kernel.ts'
import type { World } from '../world.ts'
import { type Answer, quoted, where } from './answer.ts'

const TIMES = 1
const SEPARATOR = '\u001D'

/** Asks a URL from a machine, pod or namespace, once or often. Machines have curl, most pods only wget. */
export async function httpCheck(check: Params<'http'>, world: World): Promise<Answer> {
  const get = `"$(command -v curl >/dev/null && echo curl || echo wget)"`
  const curl = inside(check.netns, `curl -sS -m 2 "$1" 2>&1`)
  const wget = inside(check.netns, `wget -q -T 2 -O - "$1" 2>&1`)
  const script = `i=0; while [ $i -lt $2 ]; do case ${get} in curl) ${curl};; *) ${wget};; esac; printf '\\035%s\\035' $?; i=$((i+1)); done`
  const machine = await world.machine(check.on)
  const times = check.times ?? TIMES
  const said = await machine.exec(['sh', '-c', script, 'sh', check.url, String(times)], {
    timeoutMs: 3000 + 2000 * times,
    ...(world.signal && { signal: world.signal }),
  })
  return judge(check, said.stdout.split(SEPARATOR))
}

function judge(check: Params<'http'>, fields: readonly string[]): Answer {
  const place = where(check.on, check.netns)
  const answers = fields.flatMap((body, n) =>
    n % 2 === 0 && n + 1 < fields.length ? [{ body, exit: fields[n + 1] }] : [],
  )
  const failed = answers.find((answer) => answer.exit !== '0') ?? (answers.length ? undefined : { body: '' })
  if (failed) {
    const seen = quoted(failed.body, 3)
    return { ok: false, seen, why: `${check.url} does not answer ${place}: ${seen}` }
  }
  const pattern = new RegExp(check.body ?? '[^]*')
  const matches = answers.map(({ body }) => pattern.exec(body))
  const odd = matches.findIndex((match) => !match)
  if (odd >= 0) {
    const seen = quoted(answers[odd]?.body ?? '')
    return { ok: false, seen, why: `${check.url} answered ${place}, but not with ${check.body}:\n${seen}` }
  }
  const different = new Set(matches.map((match) => match?.[1] ?? match?.[0] ?? ''))
  const seen = quoted([...different].join('\n'))
  if (different.size >= (check.distinct ?? 0)) {
    return { ok: true, seen, why: `${check.url} answers ${place}: ${seen}` }
  }
  return {
    ok: false,
    seen,
    why: `${answers.length} requests to ${check.url} gave ${different.size} different answers, not ${check.distinct}: ${seen}`,
  }
}
