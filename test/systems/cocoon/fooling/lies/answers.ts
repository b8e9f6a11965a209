// Answers that look better than they are.
import { setTimeout as delay } from 'node:timers/promises'
import { answer, errorAnswer } from '../../stub/behaviour.ts'
import type { Step } from '../../stub/behaviour.ts'
import { instead, isOneIn, isTaskIn, type Lie } from '../lie.ts'

const internal = errorAnswer(500, 'internal')
const page = '<html><body>Please sign in</body></html>'
/** Steps that k6 sends again of itself after a reset: those of clients, who read or give a key. */
const ofClients: Step[] = ['submit', 'status', 'stats', 'dashboard']
const ofApi: Step[] = ['submit', 'status', 'heartbeat', 'result', 'register', 'dashboard']

export const answerLies = {
  'errors-dressed-as-success': {
    does: 'says 200 and an error in one of 50 status reads',
    concerns: ['load.errors-normal'],
    trial: 'steady',
    as: /breaks the contract/,
    behaviour: () => ({ tells: { status: instead(50, () => answer(200, internal.body)) } }),
  },
  'empty-success': {
    does: 'says 200 and nothing else to one result in 20',
    concerns: ['load.errors-normal'],
    trial: 'steady',
    as: /breaks the contract/,
    behaviour: () => ({ tells: { result: instead(20, () => answer(200)) } }),
  },
  'a-page-in-place-of-json': {
    does: 'answers one submission in 20 with a page, and 201',
    concerns: ['load.errors-normal'],
    trial: 'steady',
    as: /breaks the contract/,
    behaviour: () => ({ tells: { submit: instead(20, () => answer(201, page)) } }),
  },
  'heartbeats-of-nothing': {
    does: 'answers one heartbeat in three with 200 and no field of the contract',
    concerns: ['load.errors-normal'],
    trial: 'steady',
    as: /breaks the contract/,
    behaviour: () => ({ tells: { heartbeat: instead(3, () => answer(200, { ok: true })) } }),
  },
  'an-empty-dashboard': {
    does: 'shows an empty page in place of its dashboard, one time in five',
    concerns: ['target.dashboard-p95', 'load.errors-normal'],
    trial: 'steady',
    as: /breaks the contract|answered 200/,
    behaviour: () => ({ tells: { page: instead(5, () => answer(200, '')) } }),
  },
  'resets-what-it-has-read': {
    does: 'resets kept connections after it has read one request in 50 that k6 silently repeats',
    concerns: ['load.errors-normal'],
    trial: 'steady',
    as: /silently repeated/,
    behaviour: () => ({
      tellsAll: (honest, asked) =>
        asked.isKept && asked.n > 10 && ofClients.includes(asked.step) && isOneIn(50, asked)
          ? { ...answer(0), delivery: 'reset' }
          : honest(),
    }),
  },
  'refuses-under-normal-load': {
    does: 'refuses one submission in 50, politely, with Retry-After, at half of what it can do',
    concerns: ['load.errors-normal'],
    trial: 'steady',
    as: /refused|503/,
    behaviour: () => ({
      tells: {
        submit: (honest, asked) =>
          isOneIn(50, asked) ? errorAnswer(503, 'queue_full', { 'Retry-After': '1' }) : honest(),
      },
    }),
  },
  trickles: {
    does: 'sends clients its first byte at once, and the last one of every sixth answer 0.7 s later',
    concerns: ['load.latency-p95'],
    trial: 'brief',
    as: /over 500 ms/,
    isInShortTest: true,
    behaviour: () => ({
      tellsAll: async (honest, asked) => {
        const told = await honest()
        const isSlow = ofClients.includes(asked.step) && asked.n > 10 && isOneIn(6, asked)
        return isSlow ? { ...told, delivery: { trickleMs: 700 } } : told
      },
    }),
  },
  'half-of-it-unavailable': {
    does: 'answers every second request with 503 once it is under load, and is quick in all others',
    concerns: ['load.errors-normal', 'load.latency-p95', 'load.latency-p99', 'target.submit-p95'],
    trial: 'steady',
    as: /503/,
    behaviour: () => ({
      tellsAll: (honest, asked) =>
        ofApi.includes(asked.step) && asked.n > 50 && isOneIn(2, asked) ? answer(503) : honest(),
    }),
  },
  'slow-where-few-look': {
    does: 'is quick in all but one registration in five, which takes 0.25 s',
    concerns: ['target.registration-p95'],
    trial: 'steady',
    as: /over 200 ms/,
    behaviour: () => ({
      tells: {
        register: async (honest, asked) => {
          if (isOneIn(5, asked)) await delay(250)
          return honest()
        },
      },
    }),
  },
  'fails-without-a-reason': {
    does: 'ends one task in 20 as failed, and does not say why',
    concerns: ['load.errors-normal', 'allocation.no-starvation'],
    trial: 'steady',
    as: /breaks the contract/,
    behaviour: () => ({
      tells: {
        result: async (honest, { path }, pool) => {
          const task = pool.byId.get(path.split('/')[4] ?? '')
          const told = await honest()
          if (task !== undefined && isTaskIn(20, task)) task.state = 'failed'
          return told
        },
      },
    }),
  },
} satisfies Record<string, Lie>
