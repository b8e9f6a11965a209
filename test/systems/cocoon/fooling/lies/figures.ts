// Figures of the whole pool that are not so, and what they would hide.
import { setTimeout as delay } from 'node:timers/promises'
import { answer, errorAnswer } from '../../stub/behaviour.ts'
import type { Answer } from '../../stub/behaviour.ts'
import type { Lie } from '../lie.ts'

interface Figures {
  workers: Record<string, number>
  tasks: Record<'waiting' | 'running' | 'completed' | 'failed' | 'accepted', number>
}

/** The figures, changed. */
const figures =
  (change: (figures: Figures) => Partial<Figures>) =>
  async (honest: () => Promise<Answer>): Promise<Answer> => {
    const told = await honest()
    return { ...told, body: { ...(told.body as object), ...change(told.body as Figures) } }
  }

export const figureLies = {
  'nothing-waits': {
    does: 'says at any time that no task waits',
    concerns: ['allocation.queue'],
    trial: 'surge',
    as: /more tasks were seen to wait than the pool said/,
    behaviour: () => ({
      tells: { stats: figures(({ tasks }) => ({ tasks: { ...tasks, waiting: 0 } })) },
    }),
  },
  'nothing-waits-and-newcomers-idle': {
    does: 'says that no task waits, and gives a worker nothing in its first 12 s',
    concerns: ['spike.autoscaling'],
    trial: 'spike',
    as: /samples|observed/,
    undecided: true,
    behaviour: () => {
      const came = new Map<string, number>()
      return {
        tells: {
          stats: figures(({ tasks }) => ({ tasks: { ...tasks, waiting: 0 } })),
          register: async (honest, { n }) => {
            const told = await honest()
            if (n > 10) came.set((told.body as { worker_id: string }).worker_id, Date.now())
            return told
          },
          poll: async (honest, { path, body }) => {
            const since = came.get(path.split('/')[4] ?? '') ?? 0
            if (Date.now() - since > 12_000) return honest()
            await delay(Number(body['wait_ms']))
            return answer(204)
          },
        },
      }
    },
  },
  'completes-more-than-it-does': {
    does: 'counts each completed task twice',
    concerns: ['contract.figures'],
    trial: 'requests',
    as: /the figures were .* completed/,
    behaviour: () => ({
      tells: { stats: figures(({ tasks }) => ({ tasks: { ...tasks, completed: 2 * tasks.completed } })) },
    }),
  },
  'accepts-less-than-it-does': {
    does: 'counts half of what it accepted',
    concerns: ['contract.figures'],
    trial: 'requests',
    as: /the figures were accepted/,
    behaviour: () => ({
      tells: {
        stats: figures(({ tasks }) => ({ tasks: { ...tasks, accepted: Math.floor(tasks.accepted / 2) } })),
      },
    }),
  },
  'counts-workers-that-are-not': {
    does: 'says that 1200 workers are alive, whoever is',
    concerns: ['load.concurrent-workers'],
    trial: 'thousand',
    as: /counted 1200/,
    behaviour: () => ({
      tells: { stats: figures(({ workers }) => ({ workers: { ...workers, alive: 1200 } })) },
    }),
  },
  'refuses-everybody': {
    does: 'refuses all that comes as soon as it has refused something for a good reason, politely and quickly',
    concerns: ['load.degradation'],
    trial: 'overload',
    as: /at least 0\.8 times needed/,
    behaviour: () => {
      let refusedAt = 0
      return {
        tells: {
          submit: async (honest): Promise<Answer> => {
            if (Date.now() - refusedAt < 8000) return errorAnswer(503, 'queue_full', { 'Retry-After': '1' })
            const told = await honest()
            if (told.status === 503) refusedAt = Date.now()
            return told
          },
        },
      }
    },
  },
  'refuses-without-saying-so': {
    does: 'refuses what it has no room for with 503, and no word of when to come again',
    concerns: ['load.degradation'],
    trial: 'overload',
    as: /at least [\d.]+ %, allowed 5 %/,
    behaviour: () => ({
      tells: {
        submit: async (honest) => {
          const told = await honest()
          return told.status === 503 ? answer(503, told.body) : told
        },
      },
    }),
  },
} satisfies Record<string, Lie>
