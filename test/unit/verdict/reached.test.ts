// A run whose target nobody reached: INVALID, with the transport's own word for why.
import { expect, test } from 'vitest'
import { judgeRun } from '../../../verdict/judge.ts'
import { healthy, inputOf } from './verdict-run.ts'

const verdictOf = (reached: boolean, cause?: string) => {
  const preflight = {
    reached,
    problems: [],
    baseUrl: 'https://pool',
    ...(cause === undefined ? {} : { cause }),
  }
  return judgeRun(inputOf(healthy(), { preflight }))
}

test.each([
  ['dial: connection refused', '(dial: connection refused). Is it running, and is the address right?'],
  ['lookup pool: no such host', '(lookup pool: no such host). Is it running'],
  ['x509: unknown authority', '(x509: unknown authority). SSL_CERT_FILE= in the environment names'],
  [undefined, 'no request got an answer. Is it running'],
])('is INVALID and says why: %s', (cause, words) => {
  const { verdict, line, measured } = verdictOf(false, cause)
  expect([verdict, measured]).toEqual(['INVALID', false])
  expect(line).toContain(`the target https://pool cannot be reached: no request got an answer`)
  expect(line).toContain(words)
})

test('is told apart from every other run', () => expect(verdictOf(true)).not.toHaveProperty('measured'))
