// What the chain itself shows, asked through an HTTP API v2 of TON: the testbed's own or a public one.
import type { Exchange } from '../../lib/drive/actor.ts'
import { misfit } from '../../lib/drive/fields.ts'
import type { TransferSeen } from '../../verdict/oracles/ledger/payment-history.ts'

interface Message {
  source: string
  destination: string
  value: string
  /** The text that it carries. */
  message: string
}
interface Transaction {
  /** Time of its block in Unix seconds. */
  utime: number
  transaction_id: { lt: string; hash: string }
  in_msg?: Message
  out_msgs: Message[]
}

/** A place in an account's transactions: that of the newest one when left out. */
export interface Place {
  lt: string
  hash: string
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 as hex. By hand: k6 has a decoder, as one more module of every virtual user. */
export function hexOf(base64: string): string {
  let [hex, bits, count] = ['', 0, 0]
  for (const digit of base64.replace(/=+$/, '')) {
    bits = ((bits << 6) | digits.indexOf(digit)) & 0xfff
    count += 6
    if (count < 8) continue
    count -= 8
    hex += ((bits >> count) & 0xff).toString(16).padStart(2, '0')
  }
  return hex
}

/** An address as it is kept here: the work chain and the account in hex. The API also shows it as 36 bytes in base64url. */
export function rawAddress(shown: string): string {
  if (shown.includes(':')) return shown.toLowerCase()
  const hex = hexOf(shown.replace(/-/g, '+').replace(/_/g, '/'))
  const workchain = hex.slice(2, 4) === '00' ? '0' : '-1'
  return `${workchain}:${hex.slice(4, 68)}`
}

/** An account's transactions from a place on, newest first. */
const transactions = (account: string, limit: number, from?: Place): Exchange<Transaction[]> => ({
  method: 'POST',
  path: '/jsonRPC',
  endpoint: 'chain',
  body: {
    id: '1',
    jsonrpc: '2.0',
    method: 'getTransactions',
    params: {
      address: account,
      limit,
      ...(from === undefined ? {} : { lt: from.lt, hash: hexOf(from.hash) }),
    },
  },
  expect: [200],
  read: (json) => {
    const { ok, result } = json as { ok?: boolean; result?: Transaction[] }
    if (ok !== true) misfit('ok', 'true', ok)
    return Array.isArray(result) ? result : misfit('result', 'a list of transactions', result)
  },
})

/** Time of a block in Unix ms, for which the chain has whole seconds only: the middle of its second. */
const timeOf = (utime: number): number => utime * 1000 + 500

/** Transfers in one page, and where the next page begins; null after the last one. */
export interface TransferPage {
  transfers: TransferSeen[]
  next: Place | null
}

/** A page from a place on begins with what is at that place, which the page before has shown. */
function pageOf(
  exchange: Exchange<Transaction[]>,
  limit: number,
  from: Place | undefined,
  transfersOf: (transaction: Transaction) => TransferSeen[],
): Exchange<TransferPage> {
  return {
    ...exchange,
    read: (json, status) => {
      const found = exchange.read(json, status)
      if (found === null) return null
      const shown = from === undefined ? found : found.slice(1)
      const last = found.at(-1)
      return {
        transfers: shown.flatMap(transfersOf),
        next: last === undefined || found.length < limit ? null : last.transaction_id,
      }
    },
  }
}

/** Transfers that an account received, newest first. */
export function received(account: string, limit: number, from?: Place): Exchange<TransferPage> {
  return pageOf(transactions(account, limit, from), limit, from, (transaction) => {
    const { transaction_id, utime, in_msg, out_msgs } = transaction
    if (in_msg === undefined || in_msg.value === '0') return []
    const transfer: TransferSeen = {
      mark: in_msg.message,
      account,
      amount: in_msg.value,
      tx: hexOf(transaction_id.hash),
      // What an account does not take is sent back.
      succeeded: out_msgs.length === 0,
      at: timeOf(utime),
    }
    return [transfer]
  })
}

/**
 * Transfers that a wallet sent, newest first. All of them succeeded: they are not to be sent back, so that whoever they
 * are for gets them.
 */
export function sent(wallet: string, limit: number, from?: Place): Exchange<TransferPage> {
  return pageOf(transactions(wallet, limit, from), limit, from, ({ transaction_id, utime, out_msgs }) =>
    out_msgs.map(({ message, destination, value }) => ({
      mark: message,
      account: rawAddress(destination),
      amount: value,
      tx: hexOf(transaction_id.hash),
      succeeded: true,
      at: timeOf(utime),
    })),
  )
}
