// Gathers what arrives while the database is busy and sends it as one statement.

interface Waiting<Item, Answer> {
  item: Item
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/**
 * Runs `work` for one batch at a time. An item that finds it idle goes at once; items that arrive meanwhile share the
 * next call, so a lone request pays no delay and a crowd shares one commit.
 * `work` answers in the order of its items; when it throws, every item of that batch gets the error.
 */
export class Batch<Item, Answer> {
  readonly #work: (items: Item[]) => Promise<Answer[]>
  readonly #mostItems: number
  #waiting: Waiting<Item, Answer>[] = []
  #running = false

  constructor(work: (items: Item[]) => Promise<Answer[]>, mostItems = 200) {
    this.#work = work
    this.#mostItems = mostItems
  }

  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#running) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#mostItems)
      try {
        const answers = await this.#work(batch.map((waiting) => waiting.item))
        batch.forEach((waiting, index) => waiting.resolve(answers[index] as Answer))
      } catch (error) {
        for (const waiting of batch) waiting.reject(error)
      }
    }
    this.#running = false
  }
}
