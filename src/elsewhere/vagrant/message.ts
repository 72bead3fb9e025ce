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

/** The end of a Vagrant that failed. */
export interface VagrantEnd {
  /** Class of its error, or empty. */
  readonly kind: string
  readonly text: string
  /** The last lines before it, such as a provisioner's. */
  readonly before: readonly string[]
}

/** How it ended; undefined of one that did not fail. */
export function errorOf(messages: readonly Message[]): VagrantEnd | undefined {
  const isError = ({ type, data }: Message) => type === 'error-exit' || (type === 'ui' && data[0] === 'error')
  const before = messages
    .filter((message) => !isError(message))
    .flatMap(linesOf)
    .slice(-3)
  const last = messages.findLast(isError)
  if (!last) return undefined
  const [kind = '', text = ''] = last.data
  return { kind: last.type === 'ui' ? '' : kind.replace(/^.*::/, ''), text, before }
}
