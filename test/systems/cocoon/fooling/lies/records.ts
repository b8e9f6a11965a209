// Tasks and results that are not what the records say.
import type { Answer, Behaviour } from '../../stub/behaviour.ts'
import { endAlone, isOneIn, isTaskIn, later, type Lie } from '../lie.ts'

const forgetsAfter = (ms: number) => (): Behaviour => ({
  tells: {
    result: async (honest, { path }, pool) => {
      const task = pool.byId.get(path.split('/')[4] ?? '')
      if (task !== undefined) pool.after(ms, () => pool.forget(task))
      return honest()
    },
  },
})

export const recordLies = {
  'accepts-and-loses': {
    does: 'answers one submission in 50 with 201 and stores nothing',
    concerns: ['allocation.no-starvation'],
    trial: 'lasting',
    as: /lost/,
    behaviour: () => ({
      tells: {
        submit: async (honest, asked, pool) => {
          const told = await honest()
          const task = pool.tasks.get(asked.key)
          if (told.status === 201 && task !== undefined && isOneIn(50, asked)) pool.forget(task)
          return told
        },
      },
    }),
  },
  'runs-what-it-refused': {
    does: 'runs one refused submission in five all the same, and for each loses the next that it accepts',
    concerns: ['allocation.no-starvation'],
    trial: 'overload',
    as: /lost/,
    behaviour: () => {
      let [refused, surplus] = [0, 0]
      return {
        tells: {
          submit: async (honest, { key, body }, pool): Promise<Answer> => {
            const told = await honest()
            const task = pool.tasks.get(key)
            if (told.status === 503 && ++refused % 5 === 0) {
              pool.accept(key, body)
              surplus++
            } else if (told.status === 201 && surplus > 0 && task !== undefined) {
              pool.forget(task)
              surplus--
            }
            return told
          },
        },
      }
    },
  },
  'forgets-what-is-done': {
    does: 'forgets each task 8 s after it was completed',
    concerns: ['allocation.no-starvation'],
    trial: 'lasting',
    as: /is not known any more/,
    behaviour: forgetsAfter(8000),
  },
  'forgets-a-spike': {
    does: 'forgets each task 15 s after it was completed',
    concerns: ['spike.nothing-lost'],
    trial: 'spike',
    as: /is not known any more/,
    behaviour: forgetsAfter(15_000),
  },
  'rewrites-what-is-done': {
    does: 'shows another worker and another end of each task from 5 s after it was completed',
    concerns: ['allocation.no-starvation'],
    trial: 'lasting',
    as: /was .*, and is /,
    behaviour: () => ({
      shows: (view, { ended }) =>
        ended === null || Date.now() - ended < 5000
          ? view
          : { ...view, worker_id: 'somebody-else', ended_at: later(view['ended_at'], 1000) },
    }),
  },
  'completed-too-early': {
    does: 'shows each task as completed when it was accepted, and later as it is',
    concerns: ['allocation.no-starvation'],
    trial: 'lasting',
    as: /was .*, and is /,
    behaviour: () => ({
      shows: (view, { accepted, ended, key }) =>
        !key.includes('-client_') || Date.now() - accepted > 5000 || ended !== null
          ? view
          : {
              ...view,
              state: 'completed',
              assigned_at: view['accepted_at'],
              ended_at: later(view['accepted_at'], 20),
              worker_id: 'somebody-else',
              attempts: 1,
            },
    }),
  },
  'completed-by-nobody': {
    does: 'shows one task in 20 as completed that no worker was ever given',
    concerns: ['allocation.records'],
    trial: 'steady',
    as: /was never given it/,
    behaviour: () => ({
      holdsMs: (task) => (isTaskIn(20, task) ? Infinity : 0),
      tells: {
        submit: async (honest, { key }, pool) => {
          const told = await honest()
          const task = pool.tasks.get(key)
          if (task !== undefined && told.status === 201 && isTaskIn(20, task))
            pool.after(150, () => endAlone(pool, task))
          return told
        },
      },
    }),
  },
  'starves-what-it-says-runs': {
    does: 'never gives a task of the lowest priority to anybody, and shows it as running',
    concerns: ['allocation.no-starvation'],
    trial: 'lasting',
    as: /never ended|has not ended/,
    behaviour: () => ({
      holdsMs: ({ priority }) => (priority === 1 ? Infinity : 0),
      shows: (view, { priority }, pool) =>
        priority === 1
          ? {
              ...view,
              state: 'running',
              assigned_at: view['accepted_at'],
              able_idle_ms: 0,
              worker_id: [...pool.workers.keys()][0] ?? null,
              attempts: 1,
            }
          : view,
    }),
  },
  'forgets-results': {
    does: 'answers one result in three with 200, and has another worker do the task again',
    concerns: ['fault.no-data-loss'],
    trial: 'crash',
    as: /another worker had to do the task again|is not completed/,
    behaviour: () => ({
      tells: {
        result: async (honest, asked, pool) => {
          const task = pool.byId.get(asked.path.split('/')[4] ?? '')
          const told = await honest()
          if (task?.state !== 'completed' || task.attempts > 1 || !isOneIn(3, asked)) return told
          pool.counts.completed--
          task.ended = null
          pool.takeBack(task)
          return told
        },
      },
    }),
  },
  'says-that-it-runs-elsewhere': {
    does: 'says after 5 s that the task of a worker that died runs elsewhere, where it does after 70 s',
    concerns: ['fault.worker-recovery'],
    trial: 'crash',
    as: /ran nowhere else/,
    behaviour: () => ({
      manner: { leaseMs: 70_000 },
      tells: {
        register: async (honest) => {
          const told = await honest()
          return { ...told, body: { ...(told.body as object), lease_ms: 30_000 } }
        },
      },
      shows: (view, { given, state }) =>
        state === 'running' && Date.now() - given > 5000 ? { ...view, attempts: 2 } : view,
    }),
  },
} satisfies Record<string, Lie>
