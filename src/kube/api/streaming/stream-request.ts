/** What the query of an exec or attach asks for: PodExecOptions. */
export interface StreamRequest {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
  readonly container: string | undefined
  readonly command: readonly string[]
}

export function streamRequest(query: URLSearchParams): StreamRequest {
  const flag = (name: string) => ['1', 'true'].includes(query.get(name) ?? '')
  const tty = flag('tty')
  return {
    stdin: flag('stdin'),
    stdout: flag('stdout'),
    // With a terminal there is one output.
    stderr: flag('stderr') && !tty,
    tty,
    container: query.get('container') || undefined,
    command: query.getAll('command'),
  }
}

/** Columns and rows of a resize message; the usual 80x24 when it can't be read. */
export function parseSize(message: string): [columns: number, rows: number] {
  try {
    const { Width, Height } = JSON.parse(message) as { Width?: number; Height?: number }
    return [Width || 80, Height || 24]
  } catch {
    return [80, 24]
  }
}
