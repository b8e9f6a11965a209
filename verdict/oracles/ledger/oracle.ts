// The ledger among the oracles: what it is told, and its findings in the words that all oracles share.
import { whole } from '../../wording.ts'
import type { Figure, Findings, OracleDefinition, OracleEvent } from '../oracle.ts'
import { laws, LedgerCheck, type Law, type LedgerFindings } from './check.ts'
import type { Money } from './money.ts'
import type { PaymentEvent } from './payment-history.ts'
import { Snapshot, type SnapshotPart } from './snapshot.ts'

/** What actors tell for it. */
export type LedgerEvent = OracleEvent<'ledger', PaymentEvent, SnapshotPart>

/** Everything accepted has to have ended so long after the last request and the last fault. */
const settleMs = 20_000

export const ledger: OracleDefinition<PaymentEvent, SnapshotPart> = {
  laws,
  begin: () => {
    const snapshot = new Snapshot()
    return {
      addState: (part) => snapshot.add(part),
      check: ({ lastAt }) => {
        if (snapshot.terms === null) return null
        const check = new LedgerCheck({ ...snapshot.terms, settleMs, lastAt })
        return {
          add: (event) => check.add(event),
          findings: () => findingsOf(check.findings(snapshot.whole())),
        }
      },
    }
  },
}

/** The laws with what they say, and the money as figures. Verdicts of schema 1 hold findings as the check gives them. */
export function findingsOf({ money, ...found }: LedgerFindings): Findings {
  const counted = Object.entries(found.laws) as [Law, { checks: number; violations: number }][]
  return {
    title: 'Payments',
    ...found,
    laws: Object.fromEntries(counted.map(([law, counts]) => [law, { says: laws[law], ...counts }])),
    figures: figuresOf(money),
  }
}

const nanotonPerTon = 1_000_000_000n

/** nanoTON as TON, with all nine digits: rounding is what is looked for here. */
function ton(nanoton: string): string {
  const value = BigInt(nanoton)
  const [sign, amount] = value < 0n ? ['-', -value] : ['', value]
  return `${sign}${amount / nanotonPerTon}.${String(amount % nanotonPerTon).padStart(9, '0')} TON`
}

function figuresOf({ payouts, remainders, ...sums }: Money): Figure[] {
  const unknown = 'not known'
  const sum = (name: keyof typeof sums, text: string): Figure => {
    const value = sums[name]
    return { name: `${name}-nanoton`, text, value, shown: value === null ? unknown : ton(value) }
  }
  const number = (of: keyof typeof payouts, name: string, text: string): Figure => ({
    name,
    text,
    value: payouts[of],
    shown: whole(payouts[of]),
  })
  return [
    sum('earned', 'Earned by completed tasks'),
    sum('fees', "Operator's fees"),
    {
      name: 'remainders-nanoton',
      text: 'Left over by the division, to the workers',
      value: remainders,
      shown: remainders === null ? unknown : `${remainders} nanoTON`,
    },
    sum('paid', 'Paid, as the ledger says'),
    sum('transferred', 'Transferred, as the chain says'),
    sum('pending', 'Pending in the end'),
    number('asked', 'asked', 'Payouts asked for'),
    number('accepted', 'accepted', 'of these accepted'),
    number('rejected', 'rejected', 'of these rejected'),
    number('unknown', 'unknown', 'of these unknown'),
    number('confirmed', 'confirmed', 'Payouts in the ledger, confirmed'),
    number('failed', 'failed', 'Payouts in the ledger, failed'),
    number('pending', 'pending', 'Payouts in the ledger, pending'),
    number('byService', 'by-service', 'Payouts that the service made by itself'),
  ]
}
