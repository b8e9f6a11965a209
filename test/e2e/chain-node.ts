// The chain of the testbed for tests: started as a process, and a treasury that pays on it.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Address, SendMode, beginCell, comment, external, storeMessage } from '@ton/core'
import { keyPairFromSeed } from '@ton/crypto'
import { TonClient, WalletContractV5R1, internal } from '@ton/ton'
import { freePorts } from '../../testbed/service/ports.ts'
import { projectRoot } from '../assay.ts'
import { startService, until } from '../services.ts'

export const controlToken = 'a-token-of-the-test'
export const fundedNanoton = 1_000_000_000_000n

/** What a transaction looks like in the API, as far as tests read it. */
export interface TransactionAnswer {
  data: string
  fee: string
  utime: number
  mc_seqno: number
  transaction_id: { lt: string; hash: string }
  in_msg?: MessageAnswer
  out_msgs: MessageAnswer[]
}
interface MessageAnswer {
  source: string
  destination: string
  value: string
  message: string
  hash: string
  created_lt: string
}

export type ChainNode = Awaited<ReturnType<typeof startChain>>

/** A node whose genesis holds the treasury's money. The caller must stop it. */
export async function startChain(funded: Address, environment: Record<string, string> = {}) {
  const stateDir = await mkdtemp(join(tmpdir(), 'assay-chain-'))
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const launch = (more: Record<string, string>) =>
    startService({
      name: 'chain',
      command: process.execPath,
      args: [join(projectRoot, 'dist/node/testbed/chain/programs/node.js')],
      env: {
        PORT: String(port),
        STATE_DIR: stateDir,
        CONTROL_TOKEN: controlToken,
        BLOCK_MS: '100',
        FUND: `${funded.toString()}:${fundedNanoton}`,
        ...environment,
        ...more,
      },
      ready: { url: `${url}/health/ready` },
      readyTimeoutMs: 30_000,
    })
  const remove = () => rm(stateDir, { recursive: true, force: true })
  let end = await launch({}).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  const control = (path: string, body?: object, token = controlToken) =>
    fetch(`${url}/testbed/${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
  /** A gauge or counter of the node. */
  const metric = async (name: string): Promise<number> => {
    const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
    return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length))
  }
  const height = () => metric('chain_height')
  return {
    url,
    client: new TonClient({ endpoint: `${url}/api/v2/jsonRPC` }),
    control,
    metric,
    height,
    /** Sets a state and makes sure that it was accepted. */
    async set(state: object) {
      const answer = await control('state', state)
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
    },
    /** Resolves after `count` further blocks. */
    async blocks(count: number) {
      const from = await height()
      await until(`${count} blocks`, 20_000, async () => (await height()) >= from + count)
    },
    dropped: (reason: 'refused' | 'disturbed') => metric(`chain_messages_dropped_total{reason="${reason}"}`),
    /** One API call with our own client: status and whole answer. */
    async call(method: string, params: object) {
      const body = JSON.stringify({ id: '1', jsonrpc: '2.0', method, params })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${url}/api/v2/jsonRPC`, { method: 'POST', headers, body })
      return { status: answer.status, body: (await answer.json()) as { ok: boolean; [key: string]: unknown } }
    },
    async transactions(address: Address, limit = 100): Promise<TransactionAnswer[]> {
      const { body } = await this.call('getTransactions', { address: address.toRawString(), limit })
      return body['result'] as TransactionAnswer[]
    },
    kill: () => end('SIGKILL'),
    async restart(more: Record<string, string> = {}) {
      await end()
      end = await launch(more)
    },
    async stop() {
      await end()
      await remove()
    },
  }
}

export const recipient = () => new Address(0, randomBytes(32))

export interface Payment {
  to: Address
  nanoton: bigint
  text: string
}

/** What a wallet of this version demands of an external message: a payment that cannot be made is skipped. */
const payAndSkip = SendMode.PAY_GAS_SEPARATELY | SendMode.IGNORE_ERRORS

interface Signed {
  seqno: number
  secretKey: Buffer
  timeout: number
}

/** A wallet that signs batches; the messages are made here and sent by the test. */
export function createTreasury() {
  const { publicKey, secretKey } = keyPairFromSeed(randomBytes(32))
  const wallet = WalletContractV5R1.create({ publicKey })
  /** A signed request to pay: the body of an external message. */
  const transfer = (seqno: number, payments: Payment[], { validForSeconds = 60, key = secretKey } = {}) => {
    const messages = payments.map(({ to, nanoton, text }) =>
      internal({ to, value: nanoton, bounce: false, body: comment(text) }),
    )
    const timeout = Math.floor(Date.now() / 1000) + validForSeconds
    const signed: Signed = { seqno, secretKey: key, timeout }
    return wallet.createTransfer<Signed>({ ...signed, messages, sendMode: payAndSkip })
  }
  return {
    wallet,
    address: wallet.address,
    transfer,
    /** The BOC of an external message that pays. It deploys the wallet when `seqno` is 0. */
    batch(...[seqno, payments, options]: Parameters<typeof transfer>): Buffer {
      const init = seqno === 0 ? { init: wallet.init } : {}
      const message = external({ to: wallet.address, body: transfer(seqno, payments, options), ...init })
      return beginCell().store(storeMessage(message)).endCell().toBoc()
    },
  }
}
