// The verdict of a run as a whole: the worst of its criteria and of what concerns all of them, in a status, a line and reasons.
import { ruleKey } from './criterion.ts'
import type { Evidence, RunEvidence } from './evidence.ts'
import { generatorFaults } from './generator.ts'
import type { Doubts } from './doubts.ts'
import type { JudgeInput, Weighed } from './judge.ts'
import { machineFaults } from './machine.ts'
import { severity } from './severity.ts'
import { claimShortfalls } from './shortfalls.ts'
import { repeatsText } from './wording.ts'
import type { FaultVerdict, Status } from './verdict.ts'

/** A run whose criteria have been judged. */
interface Judged {
  input: JudgeInput
  weighed: Weighed[]
  doubts: Doubts
  faults: FaultVerdict[]
}

/** Why load and latency say nothing of the system; empty when they do. */
export const circumstancesOf = ({ generator, machine }: RunEvidence, cutShort: boolean): string[] => [
  ...generatorFaults(generator, cutShort),
  ...machineFaults(machine),
]

interface Outcome {
  status: Status
  line: string
  /** Why the run as a whole is what it is. */
  reasons: string[]
  /** False: no request got an answer, or no load was sent. */
  measured?: false
}

/** The worst of all criteria and of what concerns the run as a whole; or what is known without looking at any of them. */
export function outcomeOf(judged: Judged): Outcome {
  const { preflight, oracleProblems = [] } = judged.input
  const outcome =
    preflight?.reached === false
      ? neverReached(preflight.baseUrl, preflight.cause)
      : preflight?.stopped !== undefined
        ? neverBegan(preflight.stopped)
        : byCriteria(judged)
  const problems = (preflight?.problems ?? []).map((problem) => `preflight: ${problem}`)
  const repeated = repeatsText(judged.input.evidence.repeated ?? 0)
  return { ...outcome, reasons: [...outcome.reasons, ...repeated, ...problems, ...oracleProblems] }
}

/** Nothing was measured, because nobody was there to be measured. */
function neverReached(baseUrl: string, cause?: string): Outcome {
  const said = cause === undefined ? '' : ` (${cause})`
  const advice =
    cause !== undefined && /x509|certificate/.test(cause)
      ? 'SSL_CERT_FILE= in the environment names the certificate of an authority of your own.'
      : 'Is it running, and is the address right?'
  const why = `the target ${baseUrl} cannot be reached: no request got an answer${said}. ${advice}`
  return { status: 'INVALID', line: `INVALID: ${why}`, reasons: [why], measured: false }
}

/** Nothing was measured, because it could have shown nothing. */
const neverBegan = (why: string): Outcome => ({
  status: 'UNDECIDED',
  line: `UNDECIDED: no load was sent: ${why}`,
  reasons: [`no load was sent: ${why}`],
  measured: false,
})

/** What is simulated takes as long as it is simulated to take, however slow everything around it is. */
export const isSimulated = (evidence: Evidence | undefined): boolean => evidence?.clock === 'virtual'

/** Why the run cannot be believed; nothing of real time counts where all that is judged was simulated. */
function runDoubts({ claimed, evidence }: JudgeInput, { late, circumstances, code }: Doubts): string[] {
  const keys = Object.entries(claimed).flatMap(([id, { rules }]) =>
    rules.map((_, index) => ruleKey(id, index)),
  )
  const isAllSimulated = keys.length > 0 && keys.every((key) => isSimulated(evidence.rules[key]))
  return isAllSimulated ? code : [...late, ...circumstances]
}

function byCriteria({ input, weighed, doubts, faults }: Judged): Outcome {
  const undecided = [
    ...claimShortfalls(input),
    ...(doubts.cutShort === undefined ? [] : [`the run was cut short: ${doubts.cutShort}`]),
    ...doubts.onlyPart,
  ]
  const unhealed = faults.filter(({ healed }) => !healed).map(({ id }) => `the fault ${id} did not heal`)
  const distrust = [...doubts.merge, ...runDoubts(input, doubts)]
  const all: { weight: number; status: Status }[] = weighed.map(({ weight, verdict }) => ({
    weight,
    status: verdict.status,
  }))
  const add = (status: Status, why: string[]): void => {
    if (why.length > 0) all.push({ status, weight: severity(status) })
  }
  add('UNDECIDED', undecided)
  add('FAIL', unhealed)
  add('INVALID', distrust)
  const { status } = all.reduce((most, each) => (each.weight > most.weight ? each : most), {
    weight: 0,
    status: 'PASS' as Status,
  })
  const reasons = [...unhealed, ...distrust, ...undecided]
  const line = lineOf(status, weighed, input.notClaimed.length, reasons)
  return { status, line: input.partial ? `${line} (cut short by DURATION)` : line, reasons }
}

/** Ids that the line names. */
const namedIds = 5

/** "PASS 14 of 17 (3 not claimed)", "FAIL 2 of 11: load.latency-p95, load.latency-p99". */
function lineOf(status: Status, weighed: Weighed[], notClaimed: number, reasons: string[]): string {
  const ids = weighed.filter(({ verdict }) => verdict.status === status).map(({ verdict }) => verdict.id)
  const count = `${status} ${ids.length} of ${weighed.length + notClaimed}`
  if (status === 'PASS') return notClaimed > 0 ? `${count} (${notClaimed} not claimed)` : count
  if (reasons[0] !== undefined && (status === 'INVALID' || ids.length === 0)) return `${count}: ${reasons[0]}`
  const more = ids.length - namedIds
  return `${count}: ${ids.slice(0, namedIds).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
