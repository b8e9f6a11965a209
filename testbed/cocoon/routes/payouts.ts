// The paths about payouts: ask for one, follow it, look at an account, look at the ledger as a whole.
import type { FastifyInstance } from 'fastify'
import type { AccountStatement, LedgerSummary, Payout, PayoutRequest } from '../../../systems/cocoon/api.ts'
import { PoolError } from '../errors.ts'
import type { Ledger } from '../ledger.ts'
import type { Payouts } from '../payouts.ts'
import { keyHeader, operation } from '../schemas.ts'

export interface PaymentRoutes {
  ledger: Ledger
  payouts: Payouts
  terms: LedgerSummary['terms']
}

const rowNumber = { type: 'string', pattern: '^[0-9]{1,15}$', default: '0' }

export function addPayoutRoutes(app: FastifyInstance, { ledger, payouts, terms }: PaymentRoutes): void {
  addPay(app, payouts)
  addPayoutStatus(app, payouts)
  addAccount(app, payouts)
  addLedger(app, ledger, terms)
}

function addPay(app: FastifyInstance, payouts: Payouts): void {
  app.post<{ Body: PayoutRequest; Headers: { 'idempotency-key': string } }>(
    '/payouts',
    {
      config: { step: 'pay', bearer: 'client' },
      schema: operation({
        id: 'pay',
        summary: 'Ask for a payout of what an account earned',
        description:
          'Answered when it is stored; then it is paid once, whatever crashes meanwhile, by one transfer of the treasury that carries ' +
          'its payout_id as comment and cannot bounce. The same Idempotency-Key with the same account and amount answers 200 ' +
          'with the payout that was accepted first, also where both requests come at once; with another account or amount it is ' +
          'refused (409 key_reused). More than the account has available, or than it ever earned, is refused (422 ' +
          'insufficient_funds). What is refused is never paid, and the treasury sends nothing else to the accounts of a run.',
        tag: 'payouts',
        bearer: 'client',
        headers: keyHeader,
        requiredHeaders: ['idempotency-key'],
        body: 'PayoutRequest',
        answers: {
          201: ['Payout', 'Accepted and stored'],
          200: ['Payout', 'Accepted before under the same key'],
        },
        errors: ['key_reused', 'insufficient_funds'],
      }),
    },
    async (request, reply): Promise<Payout> => {
      const key = request.headers['idempotency-key']
      const { payout, isNew } = await payouts.request({ ...request.body, key, correlationId: request.id })
      reply.status(isNew ? 201 : 200)
      return payout
    },
  )
}

function addPayoutStatus(app: FastifyInstance, payouts: Payouts): void {
  app.get<{ Params: { key: string } }>(
    '/payouts/by-key/:key',
    {
      config: { step: 'payout-status', bearer: 'client' },
      schema: operation({
        id: 'payout',
        summary: 'The payout accepted under a key',
        description: '404 says that nothing was accepted under this key so far.',
        tag: 'payouts',
        bearer: 'client',
        params: { key: 'The Idempotency-Key of the request' },
        answers: { 200: ['Payout', 'The payout as it is now'] },
        errors: ['not_found'],
      }),
    },
    async (request): Promise<Payout> => {
      const payout = await payouts.shown(request.params.key)
      if (payout === null) throw new PoolError('not_found', 'nothing was accepted under this key')
      return payout
    },
  )
}

function addAccount(app: FastifyInstance, payouts: Payouts): void {
  app.get<{ Params: { account: string }; Querystring: { after_earning: string; after_payout: string } }>(
    '/accounts/:account',
    {
      config: { step: 'account', bearer: 'client' },
      schema: {
        ...operation({
          id: 'account',
          summary: 'What an account earned and was paid',
          description:
            'Rows come in pages of any size: ask again with the numbers of the last ones until none come. No row is ever removed or ' +
            'changed but for the state of a payout. The suite reads all accounts of a run when it is over, one after the other.',
          tag: 'payouts',
          bearer: 'client',
          params: { account: 'The address that it is paid to' },
          answers: { 200: ['AccountStatement', 'Sums and rows of one moment'] },
          errors: [],
        }),
        querystring: {
          type: 'object',
          properties: {
            after_earning: { ...rowNumber, description: 'Only earnings after this entry_id' },
            after_payout: {
              ...rowNumber,
              description: 'Only payouts after this payout_id, without its leading non-digits',
            },
          },
        },
      },
    },
    async (request): Promise<AccountStatement> => {
      const { after_earning, after_payout } = request.query
      const after = { earning: Number(after_earning), payout: Number(after_payout) }
      return payouts.statement(request.params.account, after)
    },
  )
}

function addLedger(app: FastifyInstance, ledger: Ledger, terms: PaymentRoutes['terms']): void {
  app.get<{ Querystring: { run?: string } }>(
    '/ledger/summary',
    {
      config: { step: 'ledger', bearer: 'client' },
      schema: {
        ...operation({
          id: 'ledger',
          summary: 'The sums over all accounts, and the terms',
          description: 'Read every two seconds while money moves: the sums of each answer are of one moment.',
          tag: 'payouts',
          bearer: 'client',
          answers: { 200: ['LedgerSummary', 'As of now'] },
          errors: [],
        }),
        querystring: {
          type: 'object',
          properties: {
            run: {
              type: 'string',
              maxLength: 100,
              description: 'Only accounts of workers that registered with this run',
            },
          },
        },
      },
    },
    async (request): Promise<LedgerSummary> => ({
      ...(await ledger.summary(request.query.run ?? null)),
      terms,
    }),
  )
}
