// What became of the machine's processors while a run was judged, in words: in the report beside the generator's figures.
import { busyLimit, starvingLimit } from '../../verdict/machine.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { percentage } from '../../verdict/wording.ts'
import { count } from './figures.ts'

/** Names and values; empty where the verdict has nothing of the machine. */
export function machineFacts({ machine }: Pick<Verdict, 'machine'>): [name: string, value: string][] {
  if (machine === undefined) return []
  const { cores, taken, waiting, stretches, starved, unjudged } = machine
  const unjudgedFact: [string, string][] =
    unjudged === null ? [] : [['Use of the machine', `not judged: ${unjudged}`]]
  if (stretches === 0) return unjudgedFact
  const wait =
    waiting === null
      ? 'no service was sampled'
      : `${waiting.service}, ${percentage(waiting.share)} of the time in which it wanted one`
  return [
    ['Taken by other programs, on average', `${percentage(taken)} of ${count(cores)} cores`],
    ['Waited longest for a core', wait],
    [
      `Starved: over ${percentage(busyLimit)} taken and over ${percentage(starvingLimit)} waited`,
      `${count(starved)} of ${count(stretches)} stretches of 5 s`,
    ],
    ...unjudgedFact,
  ]
}
