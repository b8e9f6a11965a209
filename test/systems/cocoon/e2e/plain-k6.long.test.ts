// The bundle by itself on stock k6 v1, and for as long as its case takes.
import { expect, test } from 'vitest'
import { measured, triedFor } from '../../../measured.ts'
import { startStubPool } from '../stub/server.ts'
import { k6, plainK6 } from './plain-k6.ts'

plainK6('k6-v1')

test('a whole run of plain k6 against an honest pool is green', { timeout: triedFor(150_000) }, (context) =>
  measured(context, async () => {
    const stub = await startStubPool()
    context.onTestFinished(stub.close)
    const { exitCode, output } = await k6('k6', { SYSTEM: 'cocoon', PROFILE: 'kill', BASE_URL: stub.baseUrl })
    expect(output).not.toContain('UNDECIDED')
    expect(exitCode, output).toBe(0)
  }),
)
