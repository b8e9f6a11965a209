// What the tests of fault drivers share: a life cycle with little patience, and a keeper's actions or the test's own.
import { setTimeout as pause } from 'node:timers/promises'
import { observerOf } from '../../faults/observer.ts'
import type { FaultSpec } from '../../faults/fault.ts'
import { live, ownInjector, unproven, type Injector } from '../../faults/life-cycle.ts'
import { drivers } from '../../faults/drivers/index.ts'
import type { KeeperClient } from '../../keeper/client.ts'
import { actionsOf } from '../../keeper/actions.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'

export const specOf = (
  driver: string,
  part: object,
  settings: FaultSpec['settings'],
  more: Partial<FaultSpec> = {},
): FaultSpec => ({
  id: `${settings['kind']} it`,
  driver,
  target: 'it',
  part,
  settings,
  seconds: 1,
  ...more,
})

/** Without a keeper, as k6 does it. */
export const ownActions = (driver: string, secrets: Record<string, string> = {}): Injector =>
  ownInjector(drivers[driver]!, actionsOf(secrets, null))

export const keepersActions = (keeper: KeeperClient): Injector => ({
  inject: ({ before: _, ...spec }) =>
    keeper.inject({ ...spec, part: { ...spec.part }, own: true, secrets: {} }),
  clear: ({ id }) => keeper.clear(id),
  residue: ({ id }) => keeper.residue(id),
})

export const keepersPids =
  (keeper: KeeperClient) =>
  async (service: string): Promise<number | null> => {
    const found = (await keeper.status()).find(({ name }) => name === service)
    return found === undefined || found.exit !== null ? null : found.pid
  }

/** Lives the whole life of a fault. */
export async function lived(
  spec: FaultSpec,
  injector: Injector,
  {
    pidOf = async () => null,
    secrets = {},
    meanwhile = async () => {},
  }: {
    pidOf?: (service: string) => Promise<number | null>
    secrets?: Record<string, string>
    meanwhile?: () => Promise<void>
  } = {},
): Promise<{ verdict: FaultVerdict; said: string[] }> {
  const said: string[] = []
  const verdict = unproven(spec)
  await live(spec, verdict, {
    driver: drivers[spec.driver]!,
    injector,
    observer: observerOf(secrets, pidOf),
    patience: { biteMs: 10_000, lastMs: 1_000, healMs: 10_000, everyMs: 100 },
    hold: async (ms) => {
      await meanwhile()
      await pause(ms)
    },
    pause: async (ms) => void (await pause(ms)),
    say: (line) => said.push(line),
  })
  return { verdict, said }
}
