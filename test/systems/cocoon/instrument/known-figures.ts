// What the tests of accuracy share: the plan's own figures, and where a run says what it measured.
import type { Counts, RunEvidence } from '../../../../verdict/evidence.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import type { Call } from '../stub/server.ts'

export const seconds = (drive: number) => ({
  SYSTEM: 'cocoon',
  PROFILE: 'kill',
  DURATION: `${drive}s`,
  PARTIAL: '1',
  SEED: '5',
})
/** The plan's own figures: warm-up before anything is judged, and arrivals of clients. */
export const warmUpSeconds = 4
export const submissionsPerSecond = 25

/** Submissions of the judged phase name it in their key, so that their number is known without looking at a clock. */
export const isJudged = ({ step, key }: Call): boolean => step === 'submit' && key.includes('-client_steady-')
/** Of a judged submission: which one it is. */
export const indexOf = ({ key }: Call): number => Number(key.split('-').at(-1))

export const steps = ['register', 'heartbeat', 'submit', 'status', 'result', 'dashboard', 'poll', 'leave']
export const row = (evidence: RunEvidence, step: string) =>
  evidence.steps.find((entry) => entry.step === step)!
export const counted = (evidence: RunEvidence, id: string): Pick<Counts, 'n' | 'bad'> => {
  const { n, bad } = evidence.rules[`cocoon.${id}`] as Counts
  return { n, bad }
}
export const statusOf = (verdict: Verdict, id: string) =>
  verdict.criteria.find((criterion) => criterion.id === `cocoon.${id}`)!.status
