import type { Books } from '../books.ts'
import type { Charge } from '../charges.ts'
import type { LedgerLaw } from '../law.ts'
import { exactNano, nano } from '../nano.ts'
import type { LedgerEarning, PaymentTerms, Work } from '../payment-history.ts'
import { earningEvent, workEvent } from '../words.ts'

export const work: LedgerLaw = {
  sentence:
    'Each completed task is paid once, for its units and to its worker, who also gets what the division by the fee leaves over.',

  closed(charge, books) {
    const division = divisionBy(books.terms)
    const { began } = books.snapshot
    for (const { claims, earned } of books.history.work.values()) {
      // What was completed while the ledger was read need not be in it.
      const claim = claims.find(({ outcome, t }) => outcome === 'ok' && t < began)
      if (claim !== undefined) charge.checked()
      if (earned.length > 0) earnedFor(charge, books, division, claims, earned)
      else if (claim !== undefined) unpaid(charge, books, claim)
    }
    for (const earned of books.unworked.values()) earnedFor(charge, books, division, [], earned)
  },
}

function earnedFor(
  charge: Charge,
  books: Books,
  division: Division,
  claims: readonly Work[],
  earned: readonly LedgerEarning[],
): void {
  charge.checked()
  const why = fault(division, claims, earned)
  if (why === null) return
  for (const { account } of earned) books.blameAccount(account)
  charge.violated(claims[0]?.t ?? books.snapshot.t, earned[0]!.task, () => ({
    text: why,
    events: [...claims.map(workEvent), ...earned.map(earningEvent)],
  }))
}

function unpaid(charge: Charge, books: Books, claim: Work): void {
  books.blameAccount(claim.account)
  charge.violated(claim.t, claim.task, () => ({
    text: `task ${claim.task} was completed by ${claim.account} and earned nothing`,
    events: [workEvent(claim), { t: null, who: 'ledger', text: `holds no earning for task ${claim.task}` }],
  }))
}

/** What is wrong with what was earned for a task, given who says to have completed it. */
function fault(
  division: Division,
  claims: readonly Work[],
  [earning, ...others]: readonly LedgerEarning[],
): string | null {
  if (earning === undefined) return null
  const { task, account, units } = earning
  if (others.length > 0) return `task ${task} was paid ${others.length + 1} times`
  if (claims.length === 0) return `task ${task} was paid and nobody worked on it`
  const certain = claims.filter(({ outcome }) => outcome === 'ok')
  const due = certain.length > 0 ? certain : claims
  if (!due.some((claim) => claim.account === account && claim.units === units))
    return `task ${task} was ${duesText(due)}, and paid as ${units} units of ${account}`
  return division(earning)
}

const duesText = (claims: readonly Work[]): string =>
  [...new Set(claims.map(({ account, units }) => `${units} units of ${account}`))].sort().join(' or ')

/** What is wrong with how an earning was divided. */
type Division = (earning: LedgerEarning) => string | null

function divisionBy({ perUnit, feeBasisPoints }: PaymentTerms): Division {
  const [nanoPerUnit, exactPerUnit] = [nano(perUnit), exactNano(perUnit)]
  return (earning) => {
    const { task, units, gross, fee, net } = earning
    if (Number.isSafeInteger(units) && isDividedBy(earning, units * exactPerUnit, feeBasisPoints)) return null
    const due = BigInt(units) * nanoPerUnit
    const share = (due * BigInt(feeBasisPoints)) / 10_000n
    if (nano(gross) === due && nano(fee) === share && nano(net) === due - share) return null
    return (
      `task ${task} comes to gross ${due}, fee ${share}, net ${due - share}, ` +
      `and was divided as gross ${gross}, fee ${fee}, net ${net}`
    )
  }
}

/** Whether it is known to be well divided without a bigint: as long as numbers are exact, they say the same sooner. */
function isDividedBy({ gross, fee, net }: LedgerEarning, due: number, feeBasisPoints: number): boolean {
  const shares = due * feeBasisPoints
  if (!Number.isSafeInteger(due) || !Number.isSafeInteger(shares)) return false
  const share = (shares - (shares % 10_000)) / 10_000
  return exactNano(gross) === due && exactNano(fee) === share && exactNano(net) === due - share
}
