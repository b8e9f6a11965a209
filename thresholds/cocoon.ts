// Acceptance criteria of the GPU pool. Texts and limits are the source document's; the floors are ours.
import { criteria, errors, evenly, latency, ms, never, percent, recovery, seconds } from './limits.ts'

/** The requests that latency and error criteria judge. A long poll is not one: it waits by design. */
export const apiSteps = ['register', 'heartbeat', 'submit', 'status', 'result', 'dashboard']

export const cocoon = criteria('cocoon-gpu-pool.md', {
  'load.latency-p95': [
    'P95 latency < 500 ms under normal load',
    latency({ p: 95, under: ms(500), in: 'normal', of: apiSteps }),
  ],
  'load.latency-p99': [
    'P99 latency < 2000 ms under normal load',
    latency({ p: 99, under: ms(2000), in: 'normal', of: apiSteps }),
  ],
  'load.errors-normal': [
    'Error rate < 0.1 % under normal load',
    errors({ under: percent(0.1), in: 'normal', of: apiSteps }),
  ],

  'allocation.latency-normal': [
    'Task allocation latency < 100 ms at normal load',
    latency({ p: 95, under: ms(100), in: 'normal', of: 'allocation' }),
  ],
  // From 20 tasks per worker up: below, even a perfectly fair random allocator breaks the limit too often.
  'allocation.fairness': [
    'Fair distribution (Gini coefficient < 0.2)',
    evenly({ of: 'tasks-per-worker-hour', under: 0.2, in: 'normal', perUnit: 20 }),
  ],
  'allocation.no-starvation': [
    'No task starvation',
    never({
      what: 'a task waited over 30 s for a worker',
      of: 'task-wait',
      waits: true,
      in: ['normal', 'burst'],
      floor: 100,
    }),
    never({
      what: 'an accepted task never ended',
      of: 'accepted-task',
      in: ['normal', 'burst', 'recovery'],
      floor: 100,
    }),
  ],
  'allocation.queue': [
    'Efficient queue management',
    never({
      what: 'a task waited over 1 s while an able worker was idle',
      of: 'able-idle',
      waits: true,
      in: ['normal', 'burst', 'recovery'],
      floor: 100,
    }),
    recovery({ of: 'queue-length', after: 'burst', within: seconds(60) }),
  ],

  'target.submit-p95': [
    'Task Submission < 100 ms (P95)',
    latency({ p: 95, under: ms(100), in: 'normal', of: 'submit' }),
  ],
  'target.allocation-p95': [
    'Task Allocation < 50 ms (P95)',
    latency({ p: 95, under: ms(50), in: 'normal', of: 'allocation' }),
  ],
  'target.registration-p95': [
    'Worker Registration < 200 ms (P95)',
    latency({ p: 95, under: ms(200), in: 'normal', of: 'register' }),
  ],
  'target.dashboard-p95': [
    'Dashboard Load < 1 s (P95)',
    latency({ p: 95, under: ms(1000), in: 'normal', of: 'dashboard-load' }),
  ],
})
