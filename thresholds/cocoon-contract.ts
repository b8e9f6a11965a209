// What the contract of the GPU pool promises: of single requests, checked before every load, and of what records say.
import { recordsAgree } from './cocoon-rules.ts'
import { check, criteria, percent } from './limits.ts'

export const contractCriteria = criteria('systems/cocoon/openapi.json', {
  'contract.same-key': [
    'The same Idempotency-Key with the same body answers with the task that was accepted first',
    check({ of: 'same-key', what: 'the same key and content made another task' }),
  ],
  'contract.reused-key': [
    'An Idempotency-Key that was used with another body is refused, and the first task stays as it is',
    check({ of: 'reused-key', what: 'another content under a used key was not refused' }),
  ],
  'contract.wrong-token': [
    'A token that is not known is refused',
    check({ of: 'wrong-token', what: 'a token that nobody has was not refused' }),
  ],
  'contract.own-record': [
    'A key shows the task that was accepted under it, and none where nothing was',
    check({ of: 'own-record', what: 'a key showed a task that is not its own' }),
  ],
  'contract.times': [
    'Times are UTC of one clock, and say so',
    check({ of: 'record-times', what: 'a time without a zone, or over 2 s off the header Date' }),
  ],
  'contract.one-worker': [
    'A task that a worker holds is given to another one only after its lease ended',
    check({ of: 'one-worker', what: 'a task was given to two workers at once' }),
  ],
  'contract.figures': [
    "The pool's figures add up, and are those of what was done",
    check({
      of: 'figures',
      what: 'the figures did not add up, or were less than what was seen',
      counted: { tally: 'completed', point: 'completed-at-rest' },
    }),
  ],
})

/** No check: it takes a load. */
export const recordCriteria = criteria('systems/cocoon/openapi.json', {
  'allocation.records': [
    'What a record says of its wait agrees with what clients and workers saw of it',
    recordsAgree(percent(2), ['normal', 'burst', 'peak', 'recovery']),
  ],
})
