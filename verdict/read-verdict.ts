// Reads verdict.json of every version: what schema 1 said is put into the words of schema 2.
import type { Capacity, CapacityStep, Goodput } from './capacity.ts'
import type { LedgerFindings } from './oracles/ledger/check.ts'
import { findingsOf } from './oracles/ledger/oracle.ts'
import type { Scalability } from './scalability.ts'
import { ofScript } from './script-verdict.ts'
import { statuses, type CriterionVerdict, type TimeRow, type Verdict } from './verdict.ts'

/** The verdict that a parsed verdict.json holds; the reason, as the end of a sentence, where it holds none. */
export function verdictIn(value: unknown): Verdict | string {
  if (!isObject(value)) return `it is ${value === null ? 'null' : typeof value}`
  const { schema } = value
  if (schema !== 1 && schema !== 2) return `its schema is ${JSON.stringify(schema)}`
  // Of schema 1 a script's verdict had a part of the fields.
  const whole = schema === 1 && !('run' in value) ? { ...ofScript, ...value } : value
  const wrong = whyNoVerdict(whole)
  if (wrong !== null) return wrong
  return schema === 1 ? fromFirst(whole as unknown as FirstVerdict) : (whole as unknown as Verdict)
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function whyNoVerdict(value: Record<string, unknown>): string | null {
  if (!statuses.some((status) => status === value['verdict'])) {
    return `its verdict is ${JSON.stringify(value['verdict'])}, none of ${statuses.join(', ')}`
  }
  for (const name of ['reasons', 'criteria', 'faults', 'not_claimed', 'phases', 'steps', 'leftovers']) {
    if (!Array.isArray(value[name])) return `its field ${name} is no list`
  }
  if (!isObject(value['generator'])) return 'its field generator is no object'
  for (const name of ['machine', 'capacity', 'findings', 'times', 'payments']) {
    if (value[name] !== undefined && !isObject(value[name])) return `its field ${name} is no object`
  }
  const { expectations = [] } = value
  if (
    !Array.isArray(expectations) ||
    !expectations.every((one) => isObject(one) && Array.isArray(one['rows']))
  )
    return 'its field expectations is no list of expectations with rows'
  const criteria = value['criteria'] as unknown[]
  const odd = criteria.find((one) => !isObject(one) || !statuses.some((status) => status === one['status']))
  return odd === undefined ? null : `a criterion has no known status: ${JSON.stringify(odd).slice(0, 200)}`
}

/** As schema 1 named the level, which was one of workers. */
type OfWorkers<T> = Omit<T, 'level'> & { workers: number }

type FirstGoodput = Omit<Goodput, 'overloadLevel'> & { overloadWorkers: number }

interface FirstVerdict extends Omit<Verdict, 'schema' | 'unit' | 'capacity' | 'findings' | 'times'> {
  schema: 1
  capacity?: Omit<Capacity, 'steps' | 'usl' | 'goodput'> & {
    steps: OfWorkers<CapacityStep>[]
    usl:
      | (Omit<Scalability, 'knee' | 'curve'> & {
          knee: OfWorkers<NonNullable<Scalability['knee']>> | null
          curve: OfWorkers<Scalability['curve'][number]>[]
        })
      | null
    goodput: FirstGoodput | null
  }
  payments?: LedgerFindings & { times: TimeRow | null }
}

const lacking = { source: '', phase: '', witness: null }

function fromFirst({ schema: _, capacity, payments, criteria, ...same }: FirstVerdict): Verdict {
  const { times = null, ...found } = payments ?? {}
  return {
    ...same,
    schema: 2,
    unit: same.case === ofScript.case ? '' : 'workers',
    // A script's criteria had none of these.
    criteria: criteria.map((one): CriterionVerdict => ({ ...lacking, ...one })),
    ...(capacity === undefined ? {} : { capacity: ofLevels(capacity) }),
    ...(payments === undefined ? {} : { findings: { ledger: findingsOf(found as LedgerFindings) } }),
    ...(times === null ? {} : { times: { 'payout-time': times } }),
  }
}

const ofLevel = <T extends { workers: number }>({ workers, ...rest }: T) => ({ ...rest, level: workers })

const ofGoodput = ({ overloadWorkers, ...rest }: FirstGoodput): Goodput => ({
  ...rest,
  overloadLevel: overloadWorkers,
})

function ofLevels({ steps, usl, goodput, ...rest }: NonNullable<FirstVerdict['capacity']>): Capacity {
  return {
    ...rest,
    steps: steps.map(ofLevel),
    usl:
      usl === null
        ? null
        : { ...usl, knee: usl.knee === null ? null : ofLevel(usl.knee), curve: usl.curve.map(ofLevel) },
    goodput: goodput === null ? null : ofGoodput(goodput),
  }
}
