/** A line of `vagrant --machine-readable`: https://developer.hashicorp.com/vagrant/docs/cli/machine-readable */
export interface Message {
  /** The machine meant, or empty. */
  readonly target: string
  /** "ui", "state", "error-exit", … */
  readonly type: string
  readonly data: readonly string[]
}

/** undefined for a line that is none, such as what a plugin prints. */
export function parseMessage(line: string): Message | undefined {
  const [time, target, type, ...data] = line.split(',')
  if (!/^\d+$/.test(time ?? '') || target === undefined || type === undefined) return undefined
  return { target, type, data: data.map(unescape) }
}

const unescape = (text: string): string =>
  text.replaceAll('%!(VAGRANT_COMMA)', ',').replaceAll('\\n', '\n').replaceAll('\\r', '\r')

/** What a message says to people, without the machine's name in front of each line; nothing for what is not for them. */
export function linesOf({ target, type, data }: Message): string[] {
  if (type !== 'ui') return []
  const prefix = new RegExp(`^(?:==>|   ) ${target}: `)
  return (data[1] ?? '')
    .split(/[\r\n]+/)
    .map((line) => line.replace(prefix, '').trimEnd())
    .filter((line) => line.trim() !== '')
}

/** The class and text of the error that Vagrant ended with. */
export function errorOf(
  messages: readonly Message[],
): { readonly kind: string; readonly text: string } | undefined {
  const last = messages.findLast(({ type }) => type === 'error-exit')
  if (last) return { kind: last.data[0]?.replace(/^.*::/, '') ?? '', text: last.data[1] ?? '' }
  const said = messages.findLast(({ type, data }) => type === 'ui' && data[0] === 'error')
  return said ? { kind: '', text: said.data[1] ?? '' } : undefined
}
