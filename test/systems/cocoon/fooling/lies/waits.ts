// Waits that were longer than the pool says, and workers who were passed over.
import { setTimeout as delay } from 'node:timers/promises'
import { answer } from '../../stub/behaviour.ts'
import type { StubTask } from '../../stub/pool.ts'
import { isTaskIn, later, type Lie } from '../lie.ts'

const allocation = ['allocation.latency-normal', 'target.allocation-p95', 'allocation.queue'] as const

/** Keeps some tasks so long from their first worker. */
const holds =
  (ms: number, isHeld: (task: StubTask) => boolean) =>
  (task: StubTask): number =>
    isHeld(task) && task.attempts === 0 ? ms : 0

export const waitLies = {
  'hides-idle-workers': {
    does: 'keeps one task in five from workers that wait for 1.5 s, and says that none waited',
    concerns: [...allocation],
    trial: 'surge',
    as: /as it was seen/,
    behaviour: () => ({
      holdsMs: holds(1500, (task) => isTaskIn(5, task)),
      shows: (view) => ({ ...view, able_idle_ms: 0 }),
    }),
  },
  'assigned-when-accepted': {
    does: 'keeps every task for 3 s, and says that it was assigned when it was accepted',
    concerns: [...allocation],
    trial: 'brief',
    as: /as it was seen/,
    behaviour: () => ({
      holdsMs: holds(3000, ({ key }) => key.includes('-client_')),
      shows: (view, { assigned }) => ({
        ...view,
        able_idle_ms: 0,
        assigned_at: assigned === null ? null : view['accepted_at'],
      }),
    }),
  },
  'accepted-when-assigned': {
    does: 'keeps every task for 3 s, and says that it was accepted only when it was assigned',
    concerns: [...allocation],
    trial: 'brief',
    as: /as it was seen/,
    behaviour: () => ({
      holdsMs: holds(3000, ({ key }) => key.includes('-client_')),
      shows: (view, { assigned }) => ({
        ...view,
        able_idle_ms: 0,
        accepted_at: assigned === null ? view['accepted_at'] : view['assigned_at'],
      }),
    }),
  },
  'idle-below-zero': {
    does: 'keeps one task in five from workers that wait for 1.5 s, and says that they did so for less than no time',
    concerns: [...allocation],
    trial: 'brief',
    as: /as it was seen/,
    behaviour: () => ({
      holdsMs: holds(1500, (task) => isTaskIn(5, task)),
      shows: (view) => ({ ...view, able_idle_ms: -Number(view['able_idle_ms']) }),
    }),
  },
  'assigned-before-accepted': {
    does: 'says that one task in ten was assigned a second before it was accepted',
    concerns: ['allocation.no-starvation', 'allocation.latency-normal', 'target.allocation-p95'],
    trial: 'lasting',
    as: /assigned before it was accepted/,
    behaviour: () => ({
      shows: (view, task) =>
        task.assigned !== null && isTaskIn(10, task)
          ? { ...view, assigned_at: later(view['accepted_at'], -1000) }
          : view,
    }),
  },
  'favourite-workers': {
    does: 'gives each task to whoever of the waiting workers came first to the pool',
    concerns: ['allocation.fairness'],
    trial: 'lasting',
    as: /Gini/,
    behaviour: () => {
      const arrived: string[] = []
      return {
        tells: {
          register: async (honest) => {
            const told = await honest()
            arrived.push(String((told.body as { worker_id: string }).worker_id))
            return told
          },
        },
        prefers: (workers) => arrived.find((id) => workers.includes(id))!,
      }
    },
  },
  'registers-and-ignores': {
    does: 'registers one worker in three, and neither counts it nor ever gives it a task',
    concerns: ['allocation.fairness'],
    trial: 'lasting',
    as: /Gini/,
    behaviour: () => {
      const ignored = new Set<string>()
      return {
        tells: {
          register: async (honest, { n }) => {
            const told = await honest()
            // Not those of the preflight.
            if (n > 2 && n % 3 === 0) ignored.add((told.body as { worker_id: string }).worker_id)
            return told
          },
          poll: async (honest, { path, body }) => {
            if (!ignored.has(path.split('/')[4] ?? '')) return honest()
            await delay(Number(body['wait_ms']))
            return answer(204)
          },
        },
      }
    },
  },
} satisfies Record<string, Lie>
