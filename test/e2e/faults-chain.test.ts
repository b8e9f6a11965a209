// Everything that can be done to a chain, with the testbed's own: each fault bites, heals and leaves nothing; and a chain that
// is left alone, or stands still by itself, is not taken for one that was disturbed.
import { beginCell, comment, external, storeMessage } from '@ton/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultSpec } from '../../faults/fault.ts'
import type { Injector } from '../../faults/life-cycle.ts'
import { controlToken, createTreasury, startChain, type ChainNode } from './chain-node.ts'
import { lived, ownActions, specOf } from './fault-setup.ts'

const secrets = { CHAIN_TOKEN: controlToken }
let chain: ChainNode
beforeAll(async () => {
  chain = await startChain(createTreasury().address)
}, 60_000)
afterAll(() => chain?.stop(), 20_000)

const fault = (settings: FaultSpec['settings'], seconds = 2): FaultSpec =>
  specOf('chain', { control: chain.url, token: 'CHAIN_TOKEN' }, settings, { seconds })

/** Any message that the chain takes; it need not do anything. */
async function send(): Promise<void> {
  const message = external({ to: createTreasury().address, body: comment(String(Math.random())) })
  const boc = beginCell().store(storeMessage(message)).endCell().toBoc().toString('base64')
  const { status } = await chain.call('sendBoc', { boc })
  if (status !== 200) throw new Error(`sendBoc answered ${status}`)
}

const doesNothing: Injector = {
  inject: async () => undefined,
  clear: async () => undefined,
  residue: async () => [],
}

describe('a chain', () => {
  test.each([
    [{ kind: 'unavailable' }, 2, /answers 503/],
    [{ kind: 'stalled' }, 5, /block \d+/],
    [{ kind: 'behind', blocks: 50 }, 2, /block \d+/],
  ])(
    '%o',
    async (settings, seconds, during) => {
      const { verdict } = await lived(fault(settings as never, seconds), ownActions('chain', secrets), {
        secrets,
      })
      expect(verdict).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
      expect(verdict.effect?.during).toMatch(during)
    },
    30_000,
  )

  test('that loses messages, for as long as somebody sends some', async () => {
    const sending = setInterval(() => void send(), 100)
    try {
      const { verdict } = await lived(fault({ kind: 'drop', drop: 1000 }), ownActions('chain', secrets), {
        secrets,
      })
      expect(verdict).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
    } finally {
      clearInterval(sending)
    }
    expect((await (await chain.control('state')).json()) as object).toMatchObject({ drop: 0 })
  }, 30_000)

  // Each looks in vain until its patience is over, so they do it at the same time.
  test.concurrent.for([{ kind: 'stalled' }, { kind: 'behind', blocks: 50 }, { kind: 'drop', drop: 3 }])(
    'to which nothing is done does not look like %o',
    { timeout: 30_000 },
    async (settings) => {
      const { verdict } = await lived(fault(settings as never), doesNothing, { secrets })
      expect(verdict).toMatchObject({ bite: false, problem: null })
    },
  )

  test('that stands still before cannot be shown to be stalled', async () => {
    await chain.set({ stalled: 60 })
    const { verdict } = await lived(fault({ kind: 'stalled' }), ownActions('chain', secrets), { secrets })
    expect(verdict.bite).toBe(false)
    expect(verdict.problem).toContain('it made no block')
    await chain.set({ stalled: 0 })
  }, 30_000)
})
