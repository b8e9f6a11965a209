// For each law a small story that keeps it and one that breaks it, and the words in which the latter is told.
import { describe, expect, it } from 'vitest'
import { checkLedger, laws } from '../../../../verdict/oracles/ledger/check.ts'
import type { Law } from '../../../../verdict/oracles/ledger/check.ts'
import type { PaymentEvent, PayoutSeen } from '../../../../verdict/oracles/ledger/payment-history.ts'
import { World } from './payment-world.ts'
import type { Recorded } from './payment-world.ts'

interface Story {
  law: Law
  name: string
  /** What is done to the good story to make the bad one. */
  spoil: (recorded: Recorded) => void
  count?: number
  text: string
  /** Who says what, in order. */
  events: string[]
}

/** Ann earns 16,234 (gross 16,650, fee 416) and Bob 6,494; both ask to be paid, and see that they are. */
function goodStory(): Recorded {
  const world = new World()
  world.work('ann', 'render', 50)
  world.work('bob', 'train', 20)
  world.pay('ann', 'key-a', 1000n)
  world.read('ann', 'key-a')
  world.land(world.row('key-a')!)
  world.read('ann', 'key-a')
  world.look('ann', world.row('key-a')!)
  world.totals('ann')
  world.pay('bob', 'key-b', 2000n, 'lost', true)
  world.pay('bob', 'key-c', 3000n, 'lost', false)
  world.pay('bob', 'key-d', 90_000n)
  world.pay('bob', 'key-e', 700n)
  world.land(world.row('key-e')!, true)
  world.payByService('of-ann')
  return world.rest()
}

const rowOf = ({ snapshot }: Recorded, key: string) => snapshot.ledger.payouts.find((row) => row.key === key)!
const accountOf = ({ snapshot }: Recorded, name: string) =>
  snapshot.ledger.accounts.find(({ account }) => account === name)!

/** The payouts that a process was shown under a key, in order. */
function shown({ events }: Recorded, key: string): PayoutSeen[] {
  const calls = new Set(
    events.flatMap((event) =>
      'key' in event && event.key === key ? [`${event.process} ${event.call}`] : [],
    ),
  )
  return events.flatMap((event) =>
    event.type === 'ok' &&
    (event.op === 'pay' || event.op === 'read') &&
    event.payout !== null &&
    calls.has(`${event.process} ${event.call}`)
      ? [event.payout]
      : [],
  )
}

function append(recorded: Recorded, process: string, asked: object, answer: object): void {
  const base = { process, call: 99, t: recorded.events.at(-1)!.t + 10 }
  recorded.events.push({ ...base, type: 'invoke', ...asked } as never, { ...base, ...answer } as never)
}

/** What the ledger holds and the chain paid, beside the rest. */
function addPaid({ snapshot }: Recorded, key: string, account: string, amount: string): void {
  const row = { id: 'payout-x', key, account, amount, status: 'confirmed' as const, tx: 'tx-x', depth: 3 }
  snapshot.ledger.payouts.push({ ...row, period: null })
  snapshot.chain.transfers.push({ mark: 'payout-x', account, amount, tx: 'tx-x', succeeded: true })
}

const stories: Story[] = [
  {
    law: 'rejected',
    name: 'a payout beyond what Bob had was rejected, and made',
    spoil: (recorded) => addPaid(recorded, 'key-d', 'of-bob', '90000'),
    text: 'the payout of 90000 to of-bob under key key-d was rejected, yet it is in the ledger',
    events: [
      'bob asks for 90000 to of-bob under key key-d: 1 attempt, rejected',
      'ledger holds payout payout-x, 90000 to of-bob, confirmed, transaction tx-x, key key-d',
    ],
  },
  {
    law: 'content',
    name: 'a key is used again with another amount, and is not refused',
    spoil(recorded) {
      const asked = { op: 'pay', key: 'key-a', account: 'of-ann', amount: '5000' }
      append(recorded, 'ann', asked, { type: 'ok', op: 'pay', payout: shown(recorded, 'key-a')[0]! })
    },
    text: '5000 to of-ann was asked under key key-a, and the ok shows 1000 to of-ann',
    events: [
      'ann asks for 5000 to of-ann under key key-a: 1 attempt, answered with another content',
      'ann is shown for key key-a: payout payout-1, 1000 to of-ann, accepted',
    ],
  },
  {
    law: 'once',
    name: 'a resend pays a second time',
    spoil: ({ snapshot: { chain } }) => void chain.transfers.push({ ...chain.transfers[0]!, tx: 'tx-again' }),
    text: 'payout payout-1 was paid 2 times: transactions tx-1, tx-again',
    events: [
      'ledger holds payout payout-1, 1000 to of-ann, confirmed, transaction tx-1, key key-a',
      'chain holds a transfer marked payout-1, 1000 to of-ann, transaction tx-1',
      'chain holds a transfer marked payout-1, 1000 to of-ann, transaction tx-again',
    ],
  },
  {
    law: 'acknowledged',
    name: 'what was accepted is forgotten',
    spoil: ({ snapshot: { ledger } }) => void ledger.payouts.shift(),
    text: 'the payout of 1000 to of-ann under key key-a was accepted and is not in the ledger',
    events: [
      'ann asks for 1000 to of-ann under key key-a: 1 attempt, accepted',
      'ann is shown for key key-a: payout payout-1, 1000 to of-ann, accepted',
      'ledger holds no payout with key key-a',
    ],
  },
  {
    law: 'resolved',
    name: 'a request comes to life after the final read',
    spoil: (recorded) => addPaid(recorded, 'key-c', 'of-bob', '3000'),
    text: 'the final read said that key key-c is not known, yet its payout is in the ledger',
    events: [
      'bob asks for 3000 to of-bob under key key-c: 1 attempt, outcome unknown',
      'bob is told in the end that key key-c is not known',
      'ledger holds payout payout-x, 3000 to of-bob, confirmed, transaction tx-x, key key-c',
    ],
  },
  {
    law: 'asked',
    name: 'a transfer belongs to no payout',
    spoil: ({ snapshot: { chain } }) =>
      void chain.transfers.push({ ...chain.transfers[0]!, mark: 'payout-9' }),
    text: 'the chain has a transfer of 1000 to of-ann marked payout-9, which is no payout of the ledger',
    events: ['chain holds a transfer marked payout-9, 1000 to of-ann, transaction tx-1'],
  },
  {
    law: 'overdraft',
    name: 'Bob is paid what he did not earn',
    spoil(recorded) {
      const asked = { op: 'pay', key: 'key-x', account: 'of-bob', amount: '9000' }
      addPaid(recorded, 'key-x', 'of-bob', '9000')
      append(recorded, 'bob', asked, { type: 'unknown', why: 'timeout' })
      append(
        recorded,
        'bob',
        { op: 'read', key: 'key-x', final: true },
        {
          type: 'ok',
          op: 'read',
          payout: rowOf(recorded, 'key-x'),
        },
      )
      for (const sums of [accountOf(recorded, 'of-bob'), recorded.snapshot.ledger.totals]) {
        sums.paid = String(BigInt(sums.paid) + 9000n)
        sums.available = String(BigInt(sums.available) - 9000n)
      }
    },
    text: 'of account of-bob, available is -4506',
    events: [
      'ledger holds account of-bob: available is -4506',
      'ledger holds payout payout-x, 9000 to of-bob, confirmed, transaction tx-x, key key-x',
      'ledger holds payout payout-2, 2000 to of-bob, confirmed, transaction tx-3, key key-b',
    ],
  },
  {
    law: 'legs',
    name: 'the failed payout does not give the money back',
    spoil(recorded) {
      for (const sums of [accountOf(recorded, 'of-bob'), recorded.snapshot.ledger.totals]) {
        sums.pending = '700'
        sums.available = String(BigInt(sums.available) - 700n)
      }
    },
    text: 'account of-bob has pending 700 where its payouts come to 0: the difference is payout payout-3',
    events: [
      'ledger holds account of-bob with pending 700 where its payouts come to 0',
      'ledger holds payout payout-3, 700 to of-bob, failed, key key-e',
    ],
  },
  {
    law: 'forward',
    name: 'a payout that was accepted is shown as confirmed, then as accepted',
    spoil: (recorded) =>
      append(
        recorded,
        'ann',
        { op: 'read', key: 'key-a' },
        {
          type: 'ok',
          op: 'read',
          payout: shown(recorded, 'key-a')[0]!,
        },
      ),
    text: 'the payout under key key-a was confirmed and then accepted',
    events: [
      'ann has been told by now that the payout under key key-a is confirmed',
      'ann is shown for key key-a: payout payout-1, 1000 to of-ann, accepted',
    ],
  },
  {
    law: 'own-order',
    name: 'Ann was paid, and is told that nobody knows of it',
    spoil: (recorded) =>
      append(recorded, 'ann', { op: 'read', key: 'key-a' }, { type: 'ok', op: 'read', payout: null }),
    text: 'key key-a was known and then is not',
    events: [
      'ann is shown for key key-a: payout payout-1, 1000 to of-ann, confirmed, transaction tx-1',
      'ann is told that key key-a is not known',
    ],
  },
  {
    law: 'confirmation',
    name: 'confirmed is said before there is a block with its transfer',
    spoil({ events }) {
      const isLook = (event: PaymentEvent) => event.type === 'ok' && event.op === 'look'
      const look = events.find(isLook) as Extract<PaymentEvent, { op: 'look'; type: 'ok' }>
      look.transfers[0]!.at = look.t + 500
    },
    text: 'payout payout-1 was called confirmed 520 ms before the block of its transfer',
    events: [
      'ann is told that payout payout-1 is confirmed',
      'chain has the transfer of payout-1 in a block of that time',
    ],
  },
  {
    law: 'confirmation',
    name: 'confirmed is said under two blocks',
    spoil: (recorded) => void (shown(recorded, 'key-a').at(-1)!.depth = 2),
    text: 'the payout under key key-a is called confirmed and lies under 2 blocks, where 3 are asked for',
    events: [
      'ann is shown for key key-a: payout payout-1, 1000 to of-ann, confirmed, transaction tx-1, depth 2',
    ],
  },
  {
    law: 'work',
    name: 'the remainder of the fee goes to the operator',
    spoil: ({ snapshot: { ledger } }) =>
      void Object.assign(ledger.earnings[0]!, { fee: '417', net: '16233' }),
    text:
      'task render comes to gross 16650, fee 416, net 16234, ' +
      'and was divided as gross 16650, fee 417, net 16233',
    events: [
      'ann completes task render, 50 units for of-ann: ok',
      'ledger holds an earning for task render, 50 units for of-ann: gross 16650, fee 417, net 16233',
    ],
  },
  {
    law: 'conservation',
    name: 'a payout is missing from the sums',
    spoil({ snapshot: { ledger } }) {
      ledger.totals.paid = String(BigInt(ledger.totals.paid) - 2000n)
    },
    text:
      'of all accounts together, net 22728 is not available 4494, pending 0 and paid 16234: ' +
      '2000 is missing, as much as payout payout-2',
    events: [
      'ledger holds, of all accounts together, that net 22728 is not available 4494, pending 0 and paid 16234: 2000 is missing',
      'ledger holds payout payout-2, 2000 to of-bob, confirmed, transaction tx-3, key key-b',
    ],
  },
  {
    law: 'reconciliation',
    name: 'a payout is confirmed that was never on the chain',
    spoil: ({ snapshot: { chain } }) =>
      void (chain.transfers = chain.transfers.filter(({ mark }) => mark !== 'payout-2')),
    text: 'payout payout-2 is confirmed in the ledger, and the chain has no transfer of it',
    events: [
      'bob asks for 2000 to of-bob under key key-b: 1 attempt, outcome unknown',
      'bob was last shown for key key-b: payout payout-2, 2000 to of-bob, confirmed, transaction tx-3',
      'ledger holds payout payout-2, 2000 to of-bob, confirmed, transaction tx-3, key key-b',
      'chain holds no transfer marked payout-2 that succeeded',
    ],
  },
  {
    law: 'settled',
    name: "the service's own payout never ends",
    spoil(recorded) {
      const row = recorded.snapshot.ledger.payouts.at(-1)!
      Object.assign(row, { status: 'sent', tx: null, depth: null })
      for (const sums of [accountOf(recorded, 'of-ann'), recorded.snapshot.ledger.totals]) {
        sums.paid = String(BigInt(sums.paid) - BigInt(row.amount))
        sums.pending = row.amount
      }
    },
    text: 'payout payout-4 is still sent 10.06 s after the last request, work or disturbance',
    events: ['ledger holds payout payout-4, 15234 to of-ann, sent, made by the service, period 1'],
  },
]

const check = ({ events, snapshot, terms }: Recorded) => checkLedger(events, snapshot, terms)

it('the good story keeps every law', () => {
  const found = check(goodStory())
  expect(found.violations).toEqual([])
  expect(found.undecided).toEqual([])
  expect(Object.values(found.laws).every(({ checks }) => checks > 0)).toBe(true)
  expect(found.money).toEqual({
    earned: '23310',
    fees: '582',
    remainders: '0.7500',
    paid: '18234',
    pending: '0',
    transferred: '18234',
    payouts: {
      asked: 5,
      accepted: 2,
      rejected: 1,
      unknown: 0,
      confirmed: 3,
      failed: 1,
      pending: 0,
      byService: 1,
    },
  })
})

it('every law has its story and its sentence', () => {
  expect([...new Set(stories.map(({ law }) => law))].sort()).toEqual(Object.keys(laws).sort())
  expect(Object.values(laws).filter((sentence) => !/^[A-Z].*[.]$/.test(sentence))).toEqual([])
})

describe.each(stories)('$law: $name', ({ law, spoil, count = 1, text, events }) => {
  it('is told by its law, in words', () => {
    const recorded = structuredClone(goodStory())
    spoil(recorded)
    const found = check(recorded)
    const broken = Object.entries(found.laws).filter(([, { violations }]) => violations > 0)
    expect(broken.map(([name, { violations }]) => [name, violations])).toEqual([[law, count]])
    expect(found.violations[0]).toMatchObject({ law, text })
    expect(found.violations[0]!.events.map(({ who, text: said }) => `${who} ${said}`)).toEqual(events)
  })
})

describe('what is shown is bounded, what is counted is not', () => {
  it('shows the first twenty of each law', () => {
    const recorded = structuredClone(goodStory())
    for (let which = 0; which < 50; which++)
      append(recorded, 'ann', { op: 'read', key: 'key-a' }, { type: 'ok', op: 'read', payout: null })
    const found = check(recorded)
    expect(found.laws['own-order'].violations).toBe(50)
    expect(found.violations).toHaveLength(20)
    const times = found.violations.map(({ t }) => t)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times[0]).toBe(recorded.events.find((event) => event.type === 'ok' && event.call === 99)!.t)
  })
})

describe('an amount that is no whole number', () => {
  it.each(['1.5', '', '0x10', '1e3'])('is an error that shows it: "%s"', (amount) => {
    const recorded = structuredClone(goodStory())
    recorded.snapshot.ledger.payouts[0]!.amount = amount
    expect(() => check(recorded)).toThrow(`amount "${amount}": expected whole nanoTON`)
  })
})

describe('what looks like a fault and is none', () => {
  it('a retry that is answered with what its first attempt was answered with', () => {
    const recorded = structuredClone(goodStory())
    const asked = { op: 'pay', key: 'key-a', account: 'of-ann', amount: '1000' }
    append(recorded, 'ann', asked, { type: 'ok', op: 'pay', payout: shown(recorded, 'key-a')[0]! })
    expect(check(recorded).violations).toEqual([])
  })

  it('another process that does not see yet what the first was told', () => {
    const world = new World()
    world.work('ann', 'render', 50)
    world.read('bob', 'key-a')
    world.pay('ann', 'key-a', 1000n)
    expect(check(world.rest()).violations).toEqual([])
  })

  it('a transfer that failed before the one that succeeded', () => {
    const recorded = structuredClone(goodStory())
    const { transfers } = recorded.snapshot.chain
    transfers.unshift({ ...transfers[0]!, tx: 'tx-aborted', succeeded: false })
    expect(check(recorded).violations).toEqual([])
  })

  it('a request that was still under way when a final read found nothing, and then was done', () => {
    const world = new World()
    world.work('ann', 'render', 50)
    const arrive = world.send('ann', 'key-a', 1000n)
    world.read('bob', 'key-a', true)
    arrive('lost')
    const recorded = world.rest()
    expect(recorded.snapshot.ledger.payouts).toHaveLength(1)
    expect(check(recorded).violations).toEqual([])
  })

  it('a task that was completed while the ledger was read', () => {
    const recorded = structuredClone(goodStory())
    const late = { ...recorded.events[0]!, task: 'late', t: recorded.snapshot.began }
    expect(check({ ...recorded, events: [...recorded.events, late as PaymentEvent] }).violations).toEqual([])
    late.t--
    expect(
      check({ ...recorded, events: [...recorded.events, late as PaymentEvent] }).laws.work.violations,
    ).toBe(1)
  })

  it('a payout that waits, where work came late', () => {
    const recorded = structuredClone(goodStory())
    const row = rowOf(recorded, 'key-e')
    row.status = 'sent'
    expect(check(recorded).laws.settled.violations).toBe(1)
    const { began } = recorded.snapshot
    const late = { ...recorded.events[0]!, outcome: 'unknown', task: 'late', t: began - 1 } as PaymentEvent
    const found = check({ ...recorded, events: [...recorded.events, late] })
    expect(found.laws.settled.violations).toBe(0)
    expect(found.undecided).toHaveLength(1)
  })

  it('a task that two workers say they completed, and one is paid for', () => {
    const recorded = structuredClone(goodStory())
    const t = recorded.events[0]!.t + 1
    recorded.events.push({
      type: 'work',
      outcome: 'unknown',
      process: 'bob',
      t,
      task: 'render',
      account: 'of-bob',
      units: 50,
    })
    expect(check(recorded).violations).toEqual([])
  })
})
