// Pools that do otherwise what the contract leaves open: none of them may ever end in FAIL.
import { setTimeout as delay } from 'node:timers/promises'
import type { Behaviour } from '../stub/behaviour.ts'
import type { TrialName } from './lie.ts'

export interface Variation {
  /** What it does in its own way. */
  does: string
  trials: TrialName[]
  behaviour: Behaviour
}

const [microseconds, offset] = ['123', '+00:00']
const everyOther = (n: number): boolean => n % 2 === 0

/** Several in one, where each can be told from its reasons. */
export const variations: Record<string, Variation> = {
  'the usual pool': {
    does: 'what most pools do',
    trials: ['surge', 'overload', 'spike', 'crash'],
    behaviour: {},
  },
  'other records': {
    does:
      'times in microseconds with an offset, ids with signs that need no escaping, fields that nobody knows, no prompt in ' +
      'polls, 201 to a submission that it has',
    trials: ['surge'],
    behaviour: {
      manner: {
        textOf: (time) => new Date(time).toISOString().replace('Z', microseconds + offset),
        idOf: (n) => `${n}.a-b_c~d`,
        showsPrompt: false,
        repeatStatus: 201,
      },
      shows: (view) => ({ ...view, region: 'eu', labels: ['a', 'b'], cost: { amount: '1' } }),
      tells: {
        stats: async (honest) => {
          const told = await honest()
          return { ...told, body: { ...(told.body as object), version: 7 } }
        },
      },
    },
  },
  'another clock, unhurried': {
    does:
      'a clock that is five minutes ahead, in its header Date, too, and in the offset of another zone; ids that are numbers as ' +
      'texts; 30 ms for everything, and up to 60 ms for pages, which do not end in </html>',
    trials: ['surge'],
    behaviour: {
      manner: {
        clockAheadMs: 300_000,
        delayMs: 30,
        idOf: String,
        textOf: (time) => new Date(time + 2 * 3_600_000).toISOString().replace('Z', '+02:00'),
      },
      tells: {
        page: async (honest, { n }) => {
          if (everyOther(n)) await delay(30)
          return { ...(await honest()), body: '<html><body><p>42 tasks' }
        },
      },
    },
  },
  'another order, other connections': {
    does:
      'tasks in order of acceptance, heartbeats every 2 s, figures that are a second old; closes the connection after every fifth ' +
      'answer, and says so; headers in capitals, and no header Date',
    trials: ['surge'],
    behaviour: {
      manner: { msPerPriority: 0, heartbeatMs: 2000, statsForMs: 1000 },
      tellsAll: async (honest, { n }) => {
        const told = await honest()
        const headers = {
          ...told.headers,
          'X-POWERED-BY': 'another make',
          ...(n % 5 > 0 ? {} : { Connection: 'close' }),
        }
        return { ...told, headers, hasNoDate: true }
      },
    },
  },
}
