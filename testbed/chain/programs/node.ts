// One node of a TON chain with the API of toncenter. Needs STATE_DIR and CONTROL_TOKEN.
import { join } from 'node:path'
import { Address } from '@ton/core'
import { Registry } from 'prom-client'
import { MalformedVariable, names, text, whole } from '../../service/environment.ts'
import { openLog, serve, start } from '../../service/program.ts'
import { createChainApp } from '../app.ts'
import { openBlockLog } from '../block-log.ts'
import { Chain, openingBlock } from '../chain.ts'
import { Disturbance } from '../disturbance.ts'
import { History } from '../history.ts'
import { openVirtualMachine, toState } from '../virtual-machine.ts'

const logger = openLog('chain')

/** FUND: address:nanoton, separated by commas; a raw address has a colon of its own. */
function funds(utime: number): Map<string, string> {
  return new Map(
    names('FUND').map((entry): [string, string] => {
      const [, given = '', nanoton = ''] = /^(.+):(\d{1,18})$/.exec(entry) ?? []
      const addr = parsed(given, entry)
      const storageStats = { used: { cells: 0n, bits: 0n }, storageExtra: null, lastPaid: utime }
      const storage = {
        lastTransLt: 0n,
        balance: { coins: BigInt(nanoton) },
        state: { type: 'uninit' as const },
      }
      const account = { addr, storageStats, storage }
      return [addr.toRawString(), toState({ account, lastTransactionLt: 0n, lastTransactionHash: 0n })]
    }),
  )
}

function parsed(address: string, entry: string): Address {
  try {
    return Address.parse(address)
  } catch {
    throw new MalformedVariable(
      `The variable FUND must be a list of address:nanoton, separated by commas, but an entry is ${JSON.stringify(entry)}.`,
    )
  }
}

await start(logger, async () => {
  const port = whole('PORT', 8084, 1)
  const stateDir = text('STATE_DIR')
  const controlToken = text('CONTROL_TOKEN')
  const blockMs = whole('BLOCK_MS', 1_000, 10)
  const mempoolLimit = whole('MEMPOOL_LIMIT', 1_000, 1)
  const accounts = funds(Math.floor(Date.now() / 1000))
  const disturbance = new Disturbance({
    dropOneIn: whole('DROP_ONE_IN', 0),
    seed: whole('SEED', 1),
    now: () => performance.now(),
  })
  const { log, blocks } = await openBlockLog(join(stateDir, 'blocks.ndjson'))
  const opening = openingBlock(blocks.at(-1), blockMs, accounts)
  await log.append(opening)
  const history = new History()
  for (const block of [...blocks, opening]) history.add(block)
  logger.info({ height: history.height, transactions: history.transactionCount }, 'the chain goes on')
  const machine = await openVirtualMachine()
  const options = { blockMs, mempoolLimit, machine, history, log, disturbance, logger }
  const chain = new Chain(options, opening)
  const app = await createChainApp({
    chain,
    history,
    machine,
    disturbance,
    blockMs,
    controlToken,
    log: logger,
    registry: new Registry(),
  })
  chain.start((error) => {
    logger.fatal({ err: error }, `no more blocks can be made: ${error.message}`)
    process.exit(1)
  })
  await serve(app, port, { before: () => chain.stop(), after: async () => undefined })
})
