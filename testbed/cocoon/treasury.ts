// The wallet that pays, and the chain behind an HTTP API v2: the testbed's own or a public one, spoken to alike.
import {
  Address,
  beginCell,
  comment,
  external,
  internal,
  SendMode,
  storeMessage,
  type Transaction,
} from '@ton/core'
import { keyPairFromSeed } from '@ton/crypto'
import { TonClient, WalletContractV5R1, type OpenedContract } from '@ton/ton'

/** A transfer that a message asks the wallet for. */
export interface Transfer {
  mark: string
  account: string
  nanoton: bigint
}

/** A signed message, and what tells its transaction from all others. */
export interface SignedMessage {
  boc: string
  digest: string
}

/** What became of a message. */
export interface Outcome {
  hash: string
  lt: string
  /** The marks of the transfers that left the wallet. */
  marks: string[]
}

export interface TreasuryOptions {
  /** Base address of the API, without a method. */
  chainUrl: string
  apiKey: string | undefined
  /** 32 bytes in hex; the wallet's key is made of them. */
  seed: string
  /** The network's global id, which is part of every signature: -3 is the public test network, -239 the main one. */
  network: number
}

const timeoutMs = 3_000
/** Transactions looked at in one request. Each has hundreds of transfers, and the one looked for is nearly always the newest. */
const pageSize = 2

export class Treasury {
  readonly #client: TonClient
  readonly #secretKey: Buffer
  readonly #wallet: OpenedContract<WalletContractV5R1>

  constructor({ chainUrl, apiKey, seed, network }: TreasuryOptions) {
    const { publicKey, secretKey } = keyPairFromSeed(Buffer.from(seed, 'hex'))
    this.#secretKey = secretKey
    this.#client = new TonClient({
      endpoint: chainUrl,
      timeout: timeoutMs,
      ...(apiKey === undefined ? {} : { apiKey }),
    })
    this.#wallet = this.#client.open(
      WalletContractV5R1.create({ publicKey, workchain: 0, walletId: { networkGlobalId: network } }),
    )
  }

  get address(): string {
    return this.#wallet.address.toRawString()
  }

  /** Blocks of the chain so far. */
  async height(): Promise<number> {
    return (await this.#client.getMasterchainInfo()).latestSeqno
  }

  /** The number that the wallet takes next; 0 before its first message, which deploys it. */
  async nextNumber(): Promise<number> {
    return this.#wallet.getSeqno()
  }

  /** Signs one message for all of the transfers, 255 at most. Nothing is sent. */
  sign(number: number, transfers: Transfer[], validUntil: number): SignedMessage {
    const body = this.#wallet.createTransfer({
      seqno: number,
      secretKey: this.#secretKey,
      timeout: validUntil,
      // The wallet takes no other: fees are its own, and a transfer that cannot be made is left out.
      sendMode: SendMode.PAY_GAS_SEPARATELY | SendMode.IGNORE_ERRORS,
      messages: transfers.map(({ mark, account, nanoton }) =>
        internal({
          to: Address.parseRaw(account),
          value: nanoton,
          bounce: false,
          body: comment(mark),
        }),
      ),
    })
    const message = external({
      to: this.#wallet.address,
      body,
      ...(number === 0 ? { init: this.#wallet.init } : {}),
    })
    const cell = beginCell().store(storeMessage(message)).endCell()
    return { boc: cell.toBoc().toString('base64'), digest: body.hash().toString('hex') }
  }

  async send(boc: string): Promise<void> {
    await this.#client.sendFile(Buffer.from(boc, 'base64'))
  }

  /** The transaction of one of the messages with these digests; null where none is among those since `since` (Unix s). */
  async find(digests: string[], since: number): Promise<Outcome | null> {
    let from: { lt: string; hash: string } | undefined
    for (;;) {
      const page = await this.#client.getTransactions(this.#wallet.address, {
        limit: pageSize,
        archival: true,
        ...(from === undefined ? {} : { ...from, inclusive: false }),
      })
      for (const transaction of page) {
        const digest = transaction.inMessage?.body.hash().toString('hex')
        if (digest !== undefined && digests.includes(digest)) return outcomeOf(transaction)
      }
      const last = page.at(-1)
      if (last === undefined || last.now < since || page.length < pageSize) return null
      from = { lt: last.lt.toString(), hash: last.hash().toString('base64') }
    }
  }

  /** Whether the chain still shows this transaction. */
  async has({ hash, lt }: { hash: string; lt: string }): Promise<boolean> {
    const base64 = Buffer.from(hash, 'hex').toString('base64')
    const transaction = await this.#client.getTransaction(this.#wallet.address, lt, base64)
    return transaction !== null && transaction.hash().toString('hex') === hash
  }
}

/** A transaction that was not carried out sends nothing. */
function outcomeOf(transaction: Transaction): Outcome {
  return {
    hash: transaction.hash().toString('hex'),
    lt: transaction.lt.toString(),
    marks: transaction.outMessages.values().map(({ body }) => markOf(body.beginParse())),
  }
}

/** A text comment is 32 zero bits and the text. */
function markOf(slice: {
  remainingBits: number
  loadUint: (bits: number) => number
  loadStringTail: () => string
}): string {
  return slice.remainingBits >= 32 && slice.loadUint(32) === 0 ? slice.loadStringTail() : ''
}
