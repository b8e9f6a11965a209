// Blocks, transactions and messages in the form in which toncenter's API v2 answers them.
import { createHash } from 'node:crypto'
import { Address, Cell, loadMessage, loadTransaction } from '@ton/core'
import type { CommonMessageInfo, Transaction } from '@ton/core'
import type { StoredTransaction } from './block-log.ts'
import { partsOf } from './virtual-machine.ts'

export const masterchain = -1
/** The only shard: all of its workchain. */
export const shard = '-9223372036854775808'
export const noHash = Buffer.alloc(32).toString('base64')

/** The basechain has a block for every one of the masterchain, with the same number. */
export function blockId(workchain: number, seqno: number) {
  const hash = (of: string) => createHash('sha256').update(`${of} ${workchain} ${seqno}`).digest('base64')
  return {
    '@type': 'ton.blockIdExt',
    workchain,
    shard,
    seqno,
    root_hash: hash('root'),
    file_hash: hash('file'),
  }
}

export function transactionId(lt: bigint | string, hash: string) {
  return { '@type': 'internal.transactionId', lt: String(lt), hash }
}

/** A comment is 32 zero bits and text, which may go on in further cells. */
function commentIn(body: Cell): string | undefined {
  const slice = body.beginParse()
  if (slice.remainingBits < 32 || slice.loadUint(32) !== 0) return undefined
  try {
    return slice.loadStringTail()
  } catch {
    return undefined
  }
}

function bodyForm(body: Cell) {
  const message = commentIn(body)
  if (message === undefined) {
    const boc = body.toBoc().toString('base64')
    return { message: '', msg_data: { '@type': 'msg.dataRaw', body: boc, init_state: '' } }
  }
  const text = Buffer.from(message).toString('base64')
  return { message, msg_data: { '@type': 'msg.dataText', text } }
}

function infoForm(info: CommonMessageInfo) {
  const destination = Address.isAddress(info.dest) ? String(info.dest) : ''
  if (info.type === 'external-in') {
    return { source: '', destination, value: '0', fwd_fee: '0', ihr_fee: '0', created_lt: '0' }
  }
  const source = String(info.src)
  const created_lt = String(info.createdLt)
  if (info.type === 'external-out')
    return { source, destination, value: '0', fwd_fee: '0', ihr_fee: '0', created_lt }
  const { value, forwardFee, ihrFee } = info
  return {
    source,
    destination,
    value: String(value.coins),
    fwd_fee: String(forwardFee),
    ihr_fee: String(ihrFee),
    created_lt,
  }
}

function messageForm(cell: Cell) {
  const { info, body } = loadMessage(cell.beginParse())
  return {
    '@type': 'raw.message',
    hash: cell.hash().toString('base64'),
    ...infoForm(info),
    body_hash: body.hash().toString('base64'),
    ...bodyForm(body),
  }
}

/** What the account paid for a transaction, in nanoton. */
function feesOf({ totalFees, description, outMessages }: Transaction) {
  const storage = description.type === 'generic' ? (description.storagePhase?.storageFeesCollected ?? 0n) : 0n
  let fee = totalFees.coins
  for (const { info } of outMessages.values())
    if (info.type === 'internal') fee += info.forwardFee + info.ihrFee
  return { fee: String(fee), storage_fee: String(storage), other_fee: String(fee - storage) }
}

type TransactionForm = ReturnType<typeof makeTransactionForm>

/** Clients ask for the newest transactions again and again, and reading a batch of payments takes long. */
const recentLimit = 100
const recent = new Map<StoredTransaction, TransactionForm>()

/** `mc_seqno` is our own: the block in which it is. */
export function transactionForm(transaction: StoredTransaction): TransactionForm {
  const made = recent.get(transaction) ?? makeTransactionForm(transaction)
  recent.delete(transaction)
  recent.set(transaction, made)
  const [oldest] = recent.keys()
  if (recent.size > recentLimit && oldest) recent.delete(oldest)
  return made
}

function makeTransactionForm({ account, lt, hash, height, boc }: StoredTransaction) {
  const cell = Cell.fromBoc(boc)[0] as Cell
  const transaction = loadTransaction(cell.beginParse())
  const { inMessage, outMessages } = partsOf(cell)
  return {
    '@type': 'raw.transaction',
    address: { '@type': 'accountAddress', account_address: Address.parseRaw(account).toString() },
    utime: transaction.now,
    data: boc.toString('base64'),
    transaction_id: transactionId(lt, hash),
    ...feesOf(transaction),
    ...(inMessage === undefined ? {} : { in_msg: messageForm(inMessage) }),
    out_msgs: outMessages.map(messageForm),
    mc_seqno: height,
  }
}

export function shortTransactionForm({ account, lt, hash }: StoredTransaction) {
  return { '@type': 'blocks.shortTxId', mode: 135, account, lt: String(lt), hash }
}
