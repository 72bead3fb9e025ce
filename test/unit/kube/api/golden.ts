import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../../golden/api')

/** A request to a real kube-apiserver 1.36 and what it answered. */
export interface Golden {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly status: number
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly answer: string
}

export function golden(name: string): Golden {
  const text = readFileSync(join(FOLDER, `${name}.txt`), 'utf8')
  const mark = text.indexOf('\n--> ')
  const request = message(text.slice(0, mark))
  const answer = message(text.slice(mark + '\n--> '.length))
  const [method = '', path = ''] = request.first.split(' ')
  return {
    method,
    path,
    headers: request.headers,
    body: request.body.trim(),
    status: Number(answer.first.split(' ')[0]),
    answerHeaders: answer.headers,
    answer: answer.body,
  }
}

function message(text: string) {
  const end = text.indexOf('\n\n')
  const [first = '', ...lines] = (end < 0 ? text : text.slice(0, end)).trim().split('\n')
  const headers = lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])
  return { first, headers: Object.fromEntries(headers), body: end < 0 ? '' : text.slice(end + 2) }
}
