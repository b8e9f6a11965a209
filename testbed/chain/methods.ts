// The methods of toncenter's API v2 that TonClient of @ton/ton calls, and lookupBlock.
import {
  Cell,
  beginCell,
  external,
  getMethodId,
  loadMessage,
  loadTransaction,
  storeMessage,
  type Address,
} from '@ton/core'
import type { StoredTransaction } from './block-log.ts'
import type { Chain } from './chain.ts'
import * as form from './forms.ts'
import type { History } from './history.ts'
import { ApiError, address, cell, integer, optionalCell, size, type Parameters } from './parameters.ts'
import { readStack, stackForm } from './stack.ts'
import { fromState, noState, partsOf, type VirtualMachine } from './virtual-machine.ts'

export interface MethodContext {
  chain: Chain
  history: History
  machine: VirtualMachine
  /** The newest block that the API knows, which may be an old one. */
  seen: () => { height: number; utime: number }
}

export type Method = (from: Parameters) => object | Promise<object>

/** By name; those that only read can be asked with GET too. */
export function apiMethods(context: MethodContext): {
  reading: Map<string, Method>
  all: Map<string, Method>
} {
  const reading = { ...accountMethods(context), ...blockMethods(context), ...locatingMethods(context) }
  const all = { ...reading, ...runningMethods(context) }
  return { reading: new Map(Object.entries(reading)), all: new Map(Object.entries(all)) }
}

function accountMethods({ history, seen }: MethodContext): Record<string, Method> {
  return {
    getAddressInformation(from) {
      const { height, utime } = seen()
      const { account, ...last } = fromState(history.stateAt(address(from).toRawString(), height) ?? noState)
      const state = account?.storage.state
      const active = state?.type === 'active' ? state.state : undefined
      const boc = (part: Cell | null | undefined) => part?.toBoc().toString('base64') ?? ''
      const hash = Buffer.from(last.lastTransactionHash.toString(16).padStart(64, '0'), 'hex')
      return {
        '@type': 'raw.fullAccountState',
        balance: String(account?.storage.balance.coins ?? 0n),
        extra_currencies: [],
        code: boc(active?.code),
        data: boc(active?.data),
        last_transaction_id: form.transactionId(last.lastTransactionLt, hash.toString('base64')),
        block_id: form.blockId(form.masterchain, height),
        frozen_hash: state?.type === 'frozen' ? hexHash(state.stateHash) : '',
        sync_utime: utime,
        state: state?.type === 'active' || state?.type === 'frozen' ? state.type : 'uninitialized',
      }
    },
    getTransactions(from) {
      const limit = size(from, 'limit', 10, { least: 1, most: 100 })
      const afterLt = integer(from, 'to_lt', 0n)
      const page = { limit, afterLt, ...(from['lt'] === undefined ? {} : { fromLt: integer(from, 'lt') }) }
      const found = history.transactionsAt(address(from).toRawString(), seen().height, page)
      if (page.fromLt !== undefined) checkFirst(found[0], page.fromLt, from['hash'])
      return found.map(form.transactionForm)
    },
  }
}

function hexHash(hash: bigint): string {
  return Buffer.from(hash.toString(16).padStart(64, '0'), 'hex').toString('base64')
}

/** With a logical time, the page must begin with exactly that transaction. The hash may be in base64 or hexadecimal. */
function checkFirst(first: StoredTransaction | undefined, lt: bigint, hash: unknown): void {
  const isRight =
    first?.lt === lt &&
    (hash === undefined ||
      hash === first.hash ||
      Buffer.from(String(hash), 'hex').equals(Buffer.from(first.hash, 'base64')))
  if (!isRight) throw new ApiError(500, `the account has no transaction with lt ${lt} and that hash`)
}

function blockMethods({ history, seen }: MethodContext): Record<string, Method> {
  const known = (from: Parameters, name = 'seqno') => {
    const { height } = seen()
    return size(from, name, 0, { least: 1, most: height })
  }
  return {
    getMasterchainInfo: () => ({
      '@type': 'blocks.masterchainInfo',
      last: form.blockId(form.masterchain, seen().height),
      state_root_hash: form.noHash,
      init: form.blockId(form.masterchain, 0),
    }),
    shards: (from) => ({ '@type': 'blocks.shards', shards: [form.blockId(0, known(from))] }),
    lookupBlock(from) {
      const workchain = size(from, 'workchain', 0, { least: -1, most: 0 })
      if (from['lt'] === undefined) return form.blockId(workchain, known(from))
      const height = history.heightOf(integer(from, 'lt'))
      if (height === undefined || height > seen().height)
        throw new ApiError(500, 'no block has reached that lt')
      return form.blockId(workchain, height)
    },
    getBlockTransactions(from) {
      const workchain = size(from, 'workchain', 0, { least: -1, most: 0 })
      const count = size(from, 'count', 40, { least: 1, most: 10_000 })
      const afterLt = integer(from, 'after_lt', 0n)
      const seqno = known(from)
      const rest = history
        .transactionsIn(seqno)
        .filter(({ account, lt }) => account.startsWith(`${workchain}:`) && lt > afterLt)
      return {
        '@type': 'blocks.transactions',
        id: form.blockId(workchain, seqno),
        req_count: count,
        incomplete: rest.length > count,
        transactions: rest.slice(0, count).map(form.shortTransactionForm),
      }
    },
  }
}

/** From a message to the transactions at its two ends. */
function locatingMethods({ history, seen }: MethodContext): Record<string, Method> {
  const located = (transaction: StoredTransaction | undefined) => {
    if (transaction) return form.transactionForm(transaction)
    throw new ApiError(404, 'no transaction of that account has this message')
  }
  const createdLtOf = (message: Cell) => {
    const { info } = loadMessage(message.beginParse())
    return info.type === 'external-in' ? undefined : info.createdLt
  }
  const parts = ({ boc }: StoredTransaction) => partsOf(Cell.fromBoc(boc)[0] as Cell)
  return {
    tryLocateResultTx(from) {
      const createdLt = integer(from, 'created_lt')
      const isWanted = (transaction: StoredTransaction) => {
        const { inMessage } = parts(transaction)
        return inMessage !== undefined && createdLtOf(inMessage) === createdLt
      }
      const destination = address(from, 'destination').toRawString()
      return located(history.findAfter(destination, seen().height, createdLt, isWanted))
    },
    tryLocateSourceTx(from) {
      const createdLt = integer(from, 'created_lt')
      const source = address(from, 'source').toRawString()
      const page = { fromLt: createdLt - 1n, limit: 1 }
      const [sender] = history.transactionsAt(source, seen().height, page)
      const sent = sender && parts(sender).outMessages.some((each) => createdLtOf(each) === createdLt)
      return located(sent ? sender : undefined)
    },
  }
}

function runningMethods({ chain, history, machine, seen }: MethodContext): Record<string, Method> {
  const stateOf = (account: Address) => history.stateAt(account.toRawString(), seen().height) ?? noState
  return {
    sendBoc(from) {
      checkSize(from['boc'])
      const message = cell(from, 'boc')
      checkExternal(message)
      if (chain.submit(message) === 'full')
        throw new ApiError(503, 'the mempool is full: send it again later')
      return { '@type': 'ok' }
    },
    async runGetMethod(from) {
      const account = address(from)
      const { exitCode, gasUsed, stack } = await machine.get({
        address: account,
        state: stateOf(account),
        methodId: methodId(from['method']),
        stack: stackOf(from['stack'] ?? []),
        utime: seen().utime,
      })
      return {
        '@type': 'smc.runResult',
        gas_used: gasUsed,
        exit_code: exitCode,
        stack: stack.map(stackForm),
        block_id: form.blockId(form.masterchain, seen().height),
      }
    },
    async estimateFee(from) {
      const account = address(from)
      const [code, data] = [optionalCell(from, 'init_code'), optionalCell(from, 'init_data')]
      const message = external({
        to: account,
        body: cell(from, 'body'),
        ...(code ? { init: { code, data } } : {}),
      })
      const outcome = await machine.run({
        state: stateOf(account),
        message: beginCell().store(storeMessage(message)).endCell(),
        lt: 0n,
        utime: seen().utime,
        randomSeed: Buffer.alloc(32),
        ignoreSignature: from['ignore_chksig'] !== false,
      })
      if (!outcome) throw new ApiError(500, 'the account does not accept this message')
      return { '@type': 'query.fees', source_fees: feesIn(outcome.transaction), destination_fees: [] }
    },
  }
}

/** The real network's limit for a message from outside. */
const externalBytes = 65_535

function checkSize(boc: unknown): void {
  const bytes = Buffer.byteLength(String(boc), 'base64')
  if (bytes > externalBytes)
    throw new ApiError(422, `the parameter boc must be at most ${externalBytes} bytes, but it has ${bytes}`)
}

function checkExternal(message: Cell): void {
  try {
    if (loadMessage(message.beginParse()).info.type === 'external-in') return
  } catch (error) {
    throw new ApiError(422, `the parameter boc holds no message: ${(error as Error).message}`)
  }
  throw new ApiError(422, 'the parameter boc must hold an external message to an account')
}

function methodId(given: unknown): number {
  if (typeof given === 'string' && given !== '') return getMethodId(given)
  if (typeof given === 'number' && Number.isInteger(given)) return given
  throw new ApiError(422, 'the parameter method must be a name or a whole number')
}

function stackOf(given: unknown) {
  try {
    return readStack(given)
  } catch (error) {
    throw new ApiError(422, `the parameter stack cannot be read: ${(error as Error).message}`)
  }
}

function feesIn(boc: string) {
  const { description, totalFees } = loadTransaction(Cell.fromBase64(boc).beginParse())
  if (description.type !== 'generic')
    throw new Error('An external message made a transaction of another kind.')
  const { storagePhase, computePhase, actionPhase } = description
  const storage = storagePhase?.storageFeesCollected ?? 0n
  const gas = computePhase.type === 'vm' ? computePhase.gasFees : 0n
  const inForward = totalFees.coins - storage - gas - (actionPhase?.totalActionFees ?? 0n)
  return {
    '@type': 'fees',
    in_fwd_fee: Number(inForward),
    storage_fee: Number(storage),
    gas_fee: Number(gas),
    fwd_fee: Number(actionPhase?.totalFwdFees ?? 0n),
  }
}
