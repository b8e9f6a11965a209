// A service under a keeper for tests of what can be done to processes, and the whole life of one such fault.
import path from 'node:path'
import { expect } from 'vitest'
import { libfaketime, missing, programOnPath } from '../../faults/capabilities.ts'
import { drivers } from '../../faults/drivers/index.ts'
import type { ProcessPart } from '../../faults/parts.ts'
import type { KeeperClient } from '../../keeper/client.ts'
import type { ServiceSpec } from '../../keeper/service.ts'
import { Isolation, noMeans } from '../../testbed/service/isolation.ts'
import { freePorts } from '../../testbed/service/ports.ts'
import { projectRoot } from '../assay.ts'
import { keepersActions, keepersPids, lived, specOf } from './fault-setup.ts'
import { prepareSetup, type KeeperSetup } from './keeper-setup.ts'

/**
 * Answers with its pid, on every address. Keeps some memory; more than that is of a file, which the kernel can forget when
 * memory is short.
 */
const program = `
  import { writeFileSync } from 'node:fs'
  import { createServer } from 'node:http'
  globalThis.kept = Buffer.alloc(60 * 2 ** 20, 1)
  writeFileSync(process.env.FILE, Buffer.alloc(200 * 2 ** 20), { flush: true })
  createServer((_, response) => response.end(String(process.pid))).listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1')
`

/** A keeper that may start services and busy processes. */
export async function startSetup(): Promise<{ setup: KeeperSetup; keeper: KeeperClient }> {
  const setup = await prepareSetup()
  const stress = programOnPath('stress-ng')
  const keeper = await setup.start({ allow: [process.execPath, ...(stress === null ? [] : [stress])] })
  return { setup, keeper }
}

/** The service, prepared for one kind of fault as the testbed prepares its own. */
export async function service(
  { setup, keeper }: { setup: KeeperSetup; keeper: KeeperClient },
  driver: string,
  settings: Record<string, string | number>,
  needed = drivers[driver]?.isolation?.(String(settings['kind'])) ?? null,
): Promise<ProcessPart> {
  const disturbed = needed === null ? [] : [{ target: 'it', isolation: needed }]
  const isolation = new Isolation(disturbed, setup.root, { ...noMeans, libfaketime: libfaketime() })
  const [port = 0] = await freePorts(1)
  const network = isolation.network('it')
  const url = `http://${network?.inside ?? '127.0.0.1'}:${port}/`
  const spec: ServiceSpec = {
    name: 'it',
    command: process.execPath,
    args: [await setup.script('service', program)],
    env: { PORT: String(port), FILE: path.join(setup.root, 'file') },
    ready: { url },
  }
  const prepared = await isolation.prepared(spec, await isolation.routeTo('it', url))
  for (const one of isolation.specs) await keeper.makeIsolation(one)
  for (const proxy of isolation.proxies(
    path.join(projectRoot, 'dist/node/testbed/lossy-proxy/programs/main.js'),
  ))
    await keeper.start(proxy)
  await keeper.start(prepared)
  return isolation.parts['it']!
}

/** Seen by waiting for what does not come: the fault has to last longer than a few such looks. */
const longLooks = new Set<unknown>(['files', 'loss'])

/** One fault from before to after: it bites, shows this, heals, leaves nothing, and the service answers again. */
export async function expectLife(
  on: { setup: KeeperSetup; keeper: KeeperClient },
  driver: string,
  settings: Record<string, string | number>,
  during: RegExp,
  skip: (why: string) => void,
): Promise<void> {
  const { keeper } = on
  const why = missing(drivers[driver]!.kinds[String(settings['kind'])] ?? [])
  // Somebody's own machine may lack some of it; the one that decides may not.
  if (process.env['CI'] === undefined && why !== null) skip(why)
  expect(why).toBeNull()
  const part = await service(on, driver, settings)
  const before = await keepersPids(keeper)('it')
  const spec = specOf(driver, part, settings, longLooks.has(settings['kind']) ? { seconds: 8 } : {})
  const { verdict, said } = await lived(spec, keepersActions(keeper), { pidOf: keepersPids(keeper) })
  expect({ ...verdict, said }).toMatchObject({ bite: true, healed: true, residue: [], problem: null })
  expect(verdict.effect?.during).toMatch(during)
  const isNew = (await keepersPids(keeper)('it')) !== before
  expect(isNew).toBe(['kill', 'out-of-memory'].includes(String(settings['kind'])))
  await expect
    .poll(
      () =>
        fetch(part.health).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 5_000 },
    )
    .toBe(200)
}
