// What else can be done to a process: faults that show by waiting for what does not come, and therefore have to last, and
// those that need free cores.
import { describe, expect, test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { keepersActions, lived, specOf } from './fault-setup.ts'
import { expectLife, service, startSetup } from './process-faults.ts'

/** A keeper of its own for each attempt. */
async function onSetup(
  attempt: (on: Awaited<ReturnType<typeof startSetup>>) => Promise<void>,
): Promise<void> {
  const on = await startSetup()
  try {
    await attempt(on)
  } finally {
    await on.keeper.end().finally(() => on.setup.remove())
  }
}

const cases: [driver: string, settings: Record<string, string | number>, during: RegExp][] = [
  // Who gets no core from others does not use up its own budget.
  ['resource', { kind: 'cpu', workers: 3 }, /% throttled/],
  ['resource', { kind: 'files' }, /takes no connection/],
  ['clock', { kind: 'skew', offsetSeconds: 5 }, /^[45]\.\d s$/],
  ['clock', { kind: 'skew', offsetSeconds: -5 }, /^-[45]\.\d s$/],
  ['network', { kind: 'loss', share: 0.3 }, /of 12 slow or unanswered/],
]

describe('a process', () => {
  test.for(cases)('%s %o', { timeout: triedFor(60_000) }, ([driver, settings, during], context) =>
    measured(context, () => onSetup((on) => expectLife(on, driver, settings, during, context.skip))),
  )

  test(
    'loses packets by a proxy where the kernel cannot be told to',
    { timeout: triedFor(60_000) },
    (context) =>
      measured(context, () =>
        onSetup(async (on) => {
          const part = await service(on, 'network', { kind: 'loss', share: 0.3 }, 'lossy-links')
          expect(part.network).toBeUndefined()
          const spec = specOf('network', part, { kind: 'loss', share: 0.3 }, { seconds: 8 })
          const { verdict, said } = await lived(spec, keepersActions(on.keeper))
          expect({ ...verdict, said }).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
          expect(verdict.effect).toMatchObject({
            what: expect.stringContaining('held back by a proxy'),
            before: '0 of 12 slow or unanswered',
            after: '0 of 12 slow or unanswered',
          })
        }),
      ),
  )
})
