/** Lets only so many be on their way at once. */
export class Door {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #onTheirWay = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Calls back, now or when it is this one's turn, with what is to be called once it is through: only the first call counts. */
  enter(go: (through: () => void) => void): void {
    if (this.#onTheirWay === this.#limit) {
      this.#waiting.push(() => this.enter(go))
      return
    }
    this.#onTheirWay++
    let isThrough = false
    go(() => {
      if (isThrough) return
      isThrough = true
      this.#onTheirWay--
      this.#waiting.shift()?.()
    })
  }
}
