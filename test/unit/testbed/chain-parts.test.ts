// The parts of the testbed's chain that need no virtual machine.
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beginCell, type TupleItem } from '@ton/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openBlockLog, type Block } from '../../../testbed/chain/block-log.ts'
import { openingBlock } from '../../../testbed/chain/chain.ts'
import { Disturbance } from '../../../testbed/chain/disturbance.ts'
import { History, knownBlocks } from '../../../testbed/chain/history.ts'
import { readStack, stackForm } from '../../../testbed/chain/stack.ts'

/** A block in which each of the accounts has one transaction, and the state `<account> at <height>`. */
function block(height: number, ...accounts: string[]): Block {
  const startLt = BigInt(height) * 1_000_000n
  return {
    height,
    startedMs: height * 1_000,
    utime: height,
    endLt: startLt + BigInt(accounts.length),
    transactions: accounts.map((account, index) => ({
      account,
      lt: startLt + BigInt(index),
      hash: `${account} ${height}`,
      height,
      boc: Buffer.from([height % 256, index]),
    })),
    accounts: new Map(accounts.map((account) => [account, `${account} at ${height}`])),
  }
}

function historyOf(...blocks: Block[]): History {
  const history = new History()
  for (const each of blocks) history.add(each)
  return history
}

describe('history', () => {
  const history = historyOf(block(2, 'a', 'b'), block(5, 'a'), block(9, 'b', 'a'))
  const hashes = (height: number, page: { fromLt?: bigint; afterLt?: bigint; limit?: number } = {}) =>
    history.transactionsAt('a', height, { limit: 10, ...page }).map(({ hash }) => hash)

  test('knows the state of an account at every height', () => {
    const states = [1, 2, 4, 5, 8, 9, 20].map((height) => history.stateAt('a', height))
    expect(states).toEqual([undefined, 'a at 2', 'a at 2', 'a at 5', 'a at 5', 'a at 9', 'a at 9'])
    expect(history.stateAt('nobody', 9)).toBeUndefined()
  })

  test('pages through transactions, the newest first', () => {
    expect(hashes(9)).toEqual(['a 9', 'a 5', 'a 2'])
    expect(hashes(8)).toEqual(['a 5', 'a 2'])
    expect(hashes(9, { limit: 2 })).toEqual(['a 9', 'a 5'])
    expect(hashes(9, { fromLt: 5_000_000n })).toEqual(['a 5', 'a 2'])
    expect(hashes(9, { fromLt: 4_999_999n, limit: 1 })).toEqual(['a 2'])
    expect(hashes(9, { afterLt: 2_000_000n })).toEqual(['a 9', 'a 5'])
    expect(hashes(9, { afterLt: 9_000_001n })).toEqual([])
  })

  test('finds a block by height and by logical time', () => {
    expect(history.transactionsIn(9).map(({ account }) => account)).toEqual(['b', 'a'])
    expect(history.transactionsIn(6)).toEqual([])
    expect([2_000_001n, 5_000_000n, 9_000_001n, 9_000_002n].map((lt) => history.heightOf(lt))).toEqual([
      2,
      5,
      9,
      undefined,
    ])
    expect(history.transactionCount).toBe(5)
  })

  test('searches a transaction only after the logical time and up to the height', () => {
    const found = (height: number, lt: bigint) => history.findAfter('a', height, lt, () => true)?.hash
    expect([found(9, 2_000_000n), found(9, 5_000_000n), found(8, 5_000_000n)]).toEqual([
      'a 5',
      'a 9',
      undefined,
    ])
  })

  test('forgets states that are too old to be asked for, but never the newest of them', () => {
    const long = historyOf(block(1, 'a'), block(2, 'a'), block(3, 'b'), block(knownBlocks + 10, 'a'))
    expect(long.stateAt('a', 1)).toBeUndefined()
    expect(long.stateAt('a', 11)).toBe('a at 2')
    expect(long.stateAt('b', knownBlocks + 10)).toBe('b at 3')
  })
})

describe('the block log', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-block-log-'))
    path = join(folder, 'state', 'blocks.ndjson')
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function write(...blocks: Block[]): Promise<void> {
    const { log } = await openBlockLog(path)
    for (const each of blocks) await log.append(each)
    await log.close()
  }
  async function read(): Promise<Block[]> {
    const { log, blocks } = await openBlockLog(path)
    await log.close()
    return blocks
  }

  test('gives back what was written, over several openings', async () => {
    expect(await read()).toEqual([])
    await write(block(1), block(2, 'a', 'b'))
    await write(block(3, 'b'))
    expect(await read()).toEqual([block(1), block(2, 'a', 'b'), block(3, 'b')])
  })

  test('cuts off a line that a kill left unfinished', async () => {
    await write(block(1, 'a'))
    const whole = await readFile(path, 'utf8')
    await appendFile(path, whole.slice(0, -2))
    expect(await read()).toEqual([block(1, 'a')])
    expect(await readFile(path, 'utf8')).toBe(whole)
    await write(block(2, 'a'))
    expect(await read()).toEqual([block(1, 'a'), block(2, 'a')])
  })

  test('refuses a file that something else has changed', async () => {
    await write(block(1, 'a'))
    await writeFile(path, `${await readFile(path, 'utf8')}no block\n`)
    await expect(read()).rejects.toThrow(
      /^Line 2 of .*blocks\.ndjson is no block: .*Restore the file or remove it\.$/,
    )
  })
})

describe('the block with which a node begins', () => {
  const funds = new Map([['a', 'state']])

  test('is the first, with the funds, or is above every block that may have been made', () => {
    expect(openingBlock(undefined, 100, funds)).toMatchObject({ height: 1, endLt: 0n, accounts: funds })
    const last = { ...block(7, 'a'), startedMs: Date.now() - 1_050 }
    const opening = openingBlock(last, 100, funds)
    expect(opening).toMatchObject({ endLt: last.endLt, accounts: new Map(), transactions: [] })
    expect(opening.height).toBeGreaterThan(7 + 10)
    expect(opening.height).toBeLessThan(7 + 50)
  })

  test('does not go back when the clock did', () => {
    const last = { ...block(7, 'a'), startedMs: Date.now() + 60_000, utime: 9_999_999_999 }
    expect(openingBlock(last, 100, funds)).toMatchObject({ height: 8, utime: 9_999_999_999 })
  })
})

describe('disturbance', () => {
  const disturbance = (dropOneIn = 0, seed = 1) => {
    const clock = { now: 1_000 }
    return { clock, state: new Disturbance({ dropOneIn, seed, now: () => clock.now }) }
  }

  test('ends by itself, and each state on its own', () => {
    const { clock, state } = disturbance()
    expect([state.isUnavailable, state.isStalled, state.blocksBehind]).toEqual([false, false, 0])
    state.set({ unavailable: 1, stalled: 2, behind: { blocks: 7, seconds: 3 } })
    const seen = () => [state.isUnavailable, state.isStalled, state.blocksBehind]
    expect(seen()).toEqual([true, true, 7])
    clock.now = 2_000
    expect(seen()).toEqual([false, true, 7])
    clock.now = 3_000
    expect(seen()).toEqual([false, false, 7])
    clock.now = 4_000
    expect(seen()).toEqual([false, false, 0])
    expect(state.get()).toEqual({ unavailable: 0, stalled: 0, behind: { blocks: 0, seconds: 0 }, drop: 0 })
  })

  test('drops as many of the next messages as it was told', () => {
    const { state } = disturbance()
    state.set({ drop: 2 })
    expect([1, 2, 3].map(() => state.dropsNext())).toEqual([true, true, false])
  })

  test('drops a share that the seed decides', () => {
    const dropped = (seed: number) => {
      const { state } = disturbance(4, seed)
      return Array.from({ length: 1_000 }, () => state.dropsNext())
    }
    const count = dropped(1).filter(Boolean).length
    expect(count).toBeGreaterThan(200)
    expect(count).toBeLessThan(300)
    expect(dropped(1)).toEqual(dropped(1))
    expect(dropped(1)).not.toEqual(dropped(2))
  })
})

describe('the stack of a get method', () => {
  const cell = beginCell().storeUint(5, 8).endCell()
  const boc = cell.toBoc().toString('base64')

  test('is read as clients write it', () => {
    const given = [
      ['num', '-12'],
      ['num', '0x1f'],
      ['num', '-0x1f'],
      ['tvm.Cell', boc],
      ['tvm.Slice', boc],
    ]
    const items = readStack(given)
    expect(items.slice(0, 3).map((item) => 'value' in item && item.value)).toEqual([-12n, 31n, -31n])
    expect(items.slice(3).map(({ type }) => type)).toEqual(['cell', 'slice'])
  })

  test.each([['text'], [[1]], [[['num']]], [[['tvm.Cell', 'no boc']]], [[['tvm.List', boc]]]])(
    'is refused otherwise: %j',
    (given) => expect(() => readStack(given)).toThrow(),
  )

  test('is answered as clients read it', () => {
    const items: TupleItem[] = [
      { type: 'int', value: -255n },
      { type: 'null' },
      { type: 'slice', cell },
      { type: 'tuple', items: [{ type: 'int', value: 1n }, { type: 'null' }, { type: 'cell', cell }] },
    ]
    const tuple = [
      { '@type': 'tvm.stackEntryNumber', number: { '@type': 'tvm.numberDecimal', number: '1' } },
      { '@type': 'tvm.stackEntryList', list: { '@type': 'tvm.list', elements: [] } },
      { '@type': 'tvm.stackEntryCell', cell: { '@type': 'tvm.cell', bytes: boc } },
    ]
    expect(items.map(stackForm)).toEqual([
      ['num', '-0xff'],
      ['list', { '@type': 'tvm.list', elements: [] }],
      ['slice', { bytes: boc }],
      ['tuple', { '@type': 'tvm.tuple', elements: tuple }],
    ])
  })
})
