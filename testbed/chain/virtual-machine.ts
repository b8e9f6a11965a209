// The TON virtual machine: what a message does to an account, and what a get method answers. It keeps nothing.
import { Cell, Dictionary, beginCell, loadShardAccount, parseTuple, storeShardAccount } from '@ton/core'
import type { Address, ShardAccount, TupleItem } from '@ton/core'
import { Blockchain, Executor } from '@ton/sandbox'

export interface MessageArguments {
  /** The shard account as a BOC in base64. */
  state: string
  message: Cell
  lt: bigint
  utime: number
  randomSeed: Buffer
  ignoreSignature?: boolean
}

export interface Outcome {
  /** A BOC in base64. */
  transaction: string
  /** The shard account after it. */
  state: string
}

export interface GetMethodArguments {
  address: Address
  state: string
  methodId: number
  stack: TupleItem[]
  utime: number
}

export interface GetMethodOutcome {
  exitCode: number
  gasUsed: number
  stack: TupleItem[]
}

export interface VirtualMachine {
  /** Undefined when the account does not accept the message. */
  run(given: MessageArguments): Promise<Outcome | undefined>
  get(given: GetMethodArguments): Promise<GetMethodOutcome>
}

export function toState(account: ShardAccount): string {
  return beginCell().store(storeShardAccount(account)).endCell().toBoc().toString('base64')
}

export function fromState(state: string): ShardAccount {
  return loadShardAccount(Cell.fromBase64(state).beginParse())
}

/** The state of an account that nobody has written to yet. */
export const noState = toState({ lastTransactionHash: 0n, lastTransactionLt: 0n })

/** toncenter's exit code where there is no contract to ask. */
const noContract = { exitCode: -13, gasUsed: 0, stack: [] }
const getMethodGas = 1_000_000n

export async function openVirtualMachine(): Promise<VirtualMachine> {
  const executor = await Executor.create()
  // The main network's gas and fees without its lists of validators, which every get method would read anew.
  const config = (await Blockchain.create({ executor, config: 'slim' })).configBase64
  const shared = { config, verbosity: 'short', debugEnabled: false } as const
  return {
    async run({ state, utime, ignoreSignature, ...rest }) {
      const given = { ...rest, shardAccount: state, now: utime, ignoreChksig: ignoreSignature ?? false }
      const { result } = await executor.runTransaction({ ...shared, ...given, libs: null })
      return result.success ? { transaction: result.transaction, state: result.shardAccount } : undefined
    },
    async get({ address, state, methodId, stack, utime }) {
      const { account } = fromState(state)
      const contract = account?.storage.state
      if (contract?.type !== 'active' || !contract.state.code) return noContract
      const { output } = await executor.runGetMethod({
        ...shared,
        code: contract.state.code,
        data: contract.state.data ?? Cell.EMPTY,
        methodId,
        stack,
        address,
        unixTime: utime,
        balance: account?.storage.balance.coins ?? 0n,
        randomSeed: Buffer.alloc(32),
        gasLimit: getMethodGas,
      })
      if (!output.success) throw new Error(`The get method ${methodId} could not be run: ${output.error}`)
      return {
        exitCode: output.vm_exit_code,
        gasUsed: Number(output.gas_used),
        stack: parseTuple(Cell.fromBase64(output.stack)),
      }
    },
  }
}

export interface TransactionParts {
  lt: bigint
  inMessage: Cell | undefined
  outMessages: Cell[]
}

/** The little of a transaction that making blocks needs; reading all of it costs as much as running it. */
export function partsOf(transaction: Cell): TransactionParts {
  const [messages] = transaction.refs
  if (messages === undefined)
    throw new Error('A transaction without its messages came from the virtual machine.')
  const slice = messages.beginParse()
  const inMessage = slice.loadBit() ? slice.loadRef() : undefined
  const outMessages = slice.loadDict(Dictionary.Keys.Uint(15), Dictionary.Values.Cell()).values()
  return {
    lt: transaction
      .beginParse()
      .skip(4 + 256)
      .loadUintBig(64),
    inMessage,
    outMessages,
  }
}
