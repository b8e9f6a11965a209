// What several promises of the GPU pool come down to.
import type { PhaseKind } from '../verdict/criterion.ts'
import type { Law } from '../verdict/oracles/ledger/check.ts'
import {
  errors,
  joinedBy,
  latency,
  lawful,
  ms,
  never,
  neverInAny,
  percent,
  recovery,
  seconds,
  serviceRecovery,
} from './limits.ts'

/** A task that waited so long starved. */
export const starved = ms(30_000)
/** A task that is done so soon after it was accepted was done in time. */
export const inTime = ms(10_000)

/** Back within the normal limits of latency and errors, as one 10 s window shows it, and the queue as short as before. */
export const backToNormal = (after: 'peak' | 'overload' | 'fault') => [
  serviceRecovery({
    of: 'api',
    after,
    within: seconds(60),
    window: seconds(10),
    under: percent(5),
    over: ms(500),
  }),
  serviceRecovery({ of: 'api', after, within: seconds(60), window: seconds(10), under: percent(0.1) }),
  recovery({ of: 'queue-length', after, within: seconds(60) }),
  queueSeen([after, 'recovery']),
]

/** The oracle that joins what client, worker and follower saw of a task. */
const waits = 'waits'

/** The pool's own word for its queue, which says when that is back to normal, is held against the tasks that were seen to wait. */
export const queueSeen = (kinds: PhaseKind[]) =>
  joinedBy(
    waits,
    neverInAny({
      what: 'more tasks were seen to wait than the pool said',
      of: 'seen-queue',
      lagSensitive: true,
      in: kinds,
      floor: 5,
    }),
  )

/** Allocation as it was seen of a sample, or as the pool says it, whichever is longer. */
export const allocationSeen = (limit: { under: number; in: PhaseKind }) =>
  joinedBy(waits, latency({ p: 95, of: 'seen-allocation', ...limit }))

/** Tasks of a sample without which it says little that none of them was seen to wait too long; and the least for a P95. */
export const fewestSeen = 60
/** Records without which nobody can say that fewer than two in a hundred are wrong. */
export const fewestTold = 150

/** No task of a sample was seen to wait so long, in any of these kinds. */
export const waitSeen = <const Name extends string>(
  what: string,
  of: Name,
  over: number,
  kinds: PhaseKind[],
) => joinedBy(waits, neverInAny({ what, of, over, lagSensitive: true, in: kinds, floor: fewestSeen }))

/** Records of the sample agree with what was seen of their tasks. What else is read from records is worth no more than they are. */
export const recordsAgree = (under: number, kinds: PhaseKind[]) =>
  joinedBy(waits, errors({ of: 'told-waits', under, in: kinds }), [
    'allocation',
    'able-idle',
    'task-wait',
    'seen-allocation',
    'seen-idle',
    'seen-wait',
  ])

/**
 * Of a promise kept back for later: every accepted task is still known in the end, and has ended. A pool without cores may
 * need longer than anybody looks, but it may not forget.
 */
export const everyTaskEnds = (kinds: PhaseKind[]) => [
  ...never({ what: 'an accepted task was lost', of: 'accepted-task', in: kinds, floor: 20 }),
  ...never({
    what: 'an accepted task never ended',
    of: 'task-end',
    lagSensitive: true,
    in: kinds,
    floor: 20,
  }),
]

/**
 * And what is said of it then is true for good: a sample of those that were seen to have ended is read again when the load is
 * over. A part of the promise above, behind its other rules because evidence is kept by a rule's number.
 */
export const staysEnded = (kinds: PhaseKind[]) =>
  neverInAny({
    what: 'a task that had ended was another one, or not known, when it was read again',
    of: 'asked-again',
    in: kinds,
    floor: 20,
  })

/** Phases in which payouts are asked for, whatever happens meanwhile. */
export const payoutKinds: PhaseKind[] = ['normal', 'burst', 'fault', 'recovery']
/** Payouts without which their absence of faults means little. */
export const fewestPayouts = 100

/** The laws of the ledger oracle, by the promise that they belong to. Every law stands in one of these. */
export const laws = (what: string, ids: Law[]) =>
  lawful({ of: 'payout', oracle: 'ledger', what, laws: ids, in: payoutKinds, floor: fewestPayouts })
