/**
 * A function that calls another at once, and then as often as it is called itself, but at most every so many
 * milliseconds: the last call is never lost.
 */
export function paced(everyMs: number, call: () => void): { (): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  let again = false
  const run = () => {
    again = false
    timer = setTimeout(() => {
      timer = undefined
      if (again) run()
    }, everyMs)
    call()
  }
  const asked = () => {
    if (timer) again = true
    else run()
  }
  return Object.assign(asked, {
    cancel() {
      clearTimeout(timer)
      timer = undefined
      again = false
    },
  })
}
