// Random histories without a fault: a few processes work, ask, race, retry, lose answers and look, in any order.
import fc from 'fast-check'
import { World } from './payment-world.ts'
import type { Recorded } from './payment-world.ts'

const deeds = [
  'work',
  'pay',
  'retry',
  'race',
  'reuse',
  'overdraw',
  'service',
  'step',
  'read',
  'look',
  'totals',
] as const

export interface Deed {
  deed: (typeof deeds)[number]
  /** Who does it, and to which of the payouts there are. */
  who: number
  which: number
  /** Chances: that an answer is lost, that what it answers was done, that a transfer fails. */
  lost: boolean
  done: boolean
  fails: boolean
}

export const someDeeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    deed: fc.constantFrom(...deeds),
    who: fc.nat({ max: 3 }),
    which: fc.nat({ max: 30 }),
    lost: fc.nat({ max: 3 }).map((value) => value === 0),
    done: fc.boolean(),
    fails: fc.nat({ max: 4 }).map((value) => value === 0),
  }),
  { maxLength: 80 },
)

/** Whoever sent a key first, and how much it was for. */
interface Sent {
  key: string
  process: string
  amount: bigint
}

class Story {
  readonly world = new World()
  readonly #sent: Sent[] = []
  #names = 0

  #pay(process: string, lost: boolean, done: boolean, amount = 1000n + 7n * BigInt(this.#names)): void {
    const key = `key-${++this.#names}`
    this.#sent.push({ key, process, amount })
    this.world.pay(process, key, amount, lost ? 'lost' : 'answered', lost ? done : true)
  }

  /** Two attempts at the same moment, of two connections of one client. */
  #race(process: string, lost: boolean): void {
    const key = `key-${++this.#names}`
    const amount = 1000n + 7n * BigInt(this.#names)
    this.#sent.push({ key, process, amount })
    const first = this.world.send(process, key, amount)
    const second = this.world.send(`${process}-again`, key, amount, `of-${process}`)
    second()
    first(lost ? 'lost' : 'answered')
  }

  do({ deed, who, which, lost, done, fails }: Deed): void {
    const { world } = this
    const process = `worker-${who}`
    const sent = this.#sent[which % Math.max(1, this.#sent.length)]
    const row = world.payouts[which % Math.max(1, world.payouts.length)]
    if (deed === 'work')
      world.work(process, `task-${++this.#names}`, 5 + which, lost ? 'unknown' : 'ok', !lost || done)
    else if (deed === 'pay') this.#pay(process, lost, done)
    else if (deed === 'race') this.#race(process, lost)
    else if (deed === 'overdraw') this.#pay(process, false, true, 1_000_000n + BigInt(which))
    else if (deed === 'service') world.payByService(`of-${process}`)
    else if (deed === 'totals') world.totals(process)
    else if (deed === 'step' && row !== undefined) world.step(row, fails)
    else if (deed === 'look' && row !== undefined) world.look(process, row)
    else if (deed === 'read' && sent !== undefined) world.read(sent.process, sent.key)
    else if (deed === 'retry' && sent !== undefined)
      world.pay(sent.process, sent.key, sent.amount, lost ? 'lost' : 'answered', lost ? done : true)
    else if (deed === 'reuse' && sent !== undefined && world.row(sent.key) !== undefined)
      world.pay(sent.process, sent.key, sent.amount + 1n)
  }

  /** One of each, so that there is something of every kind to plant a fault in. */
  begin(): void {
    const { world } = this
    const plain = { lost: false, done: true, fails: false, which: 0 }
    world.work('worker-0', 'first', 40)
    world.work('worker-1', 'second', 50)
    world.work('worker-2', 'unsure', 30, 'unknown')
    world.work('worker-2', 'third', 30)
    this.#pay('worker-0', false, true)
    for (const deed of ['read', 'step', 'read', 'step', 'read', 'look', 'retry', 'reuse'] as const)
      this.do({ ...plain, deed, who: 0 })
    this.#pay('worker-1', false, true)
    world.step(world.payouts.at(-1)!)
    world.step(world.payouts.at(-1)!, true)
    this.#pay('worker-0', true, true)
    this.#pay('worker-0', true, false)
    this.do({ ...plain, deed: 'overdraw', who: 1 })
    // What became of these stays as it is: nobody asks again.
    this.#sent.splice(-3)
    this.#race('worker-1', false)
    this.do({ ...plain, deed: 'service', who: 2 })
    world.land(world.payouts.at(-1)!)
    this.do({ ...plain, deed: 'totals', who: 3 })
  }
}

export function randomHistory(all: readonly Deed[]): Recorded {
  const story = new Story()
  story.begin()
  for (const deed of all) story.do(deed)
  return story.world.rest()
}
