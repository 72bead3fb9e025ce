import { PATH_INSIDE } from './places.ts'

/** Where root is at home in a machine, and where a terminal begins. */
export const HOME = '/root'

/** The environment of a command inside: nothing of the caller's but how the terminal behaves and which language. */
export function environmentInside(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passed = ['TERM', 'COLORTERM', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(passed),
    HOME,
    USER: 'root',
    LOGNAME: 'root',
    PATH: PATH_INSIDE,
    ...extra,
  }
}
