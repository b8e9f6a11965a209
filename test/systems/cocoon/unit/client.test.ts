// What a client makes of the answer to its submission, where k6 sent that twice.
import { expect, test, vi } from 'vitest'
import { client } from '../../../../systems/cocoon/client.ts'
import { visitor } from '../../../../systems/cocoon/passers-by.ts'
import { live, type Answers } from './paid-world.ts'

vi.stubGlobal('__ENV', {})
const task = {
  task_id: 'a',
  state: 'queued',
  accepted_at: '2026-01-01T00:00:00Z',
  assigned_at: null,
  ended_at: null,
  able_idle_ms: 0,
}

test('a submission that was sent twice and is accepted is a promise, and is not sent again', () => {
  const { observed, sentAt } = live(client, () => ({ status: 201, json: task, isRepeated: true }))
  expect(observed).toEqual({ accepted: [null] })
  expect(sentAt['submit']).toHaveLength(1)
})

test('one that was sent twice and then refused may be in the pool all the same', () => {
  const { observed } = live(client, () => ({ status: 409, json: {}, isRepeated: true }))
  expect(observed).toEqual({ 'unsure-submission': [null], refusal: ['neither accepted nor refused'] })
})

test('a dashboard that was asked for twice has not loaded, and says why', () => {
  const answers: Answers = () => ({ status: 200, json: '<html></html>', isRepeated: true })
  const why = 'the connection was reset and the request silently repeated'
  expect(live(visitor, answers).observed).toEqual({ 'dashboard-load': [why] })
})
