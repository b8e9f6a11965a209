// What became of the machine's processors while a run was judged, in words: in the report beside the generator's figures.
import { busyLimit, starvingLimit } from '../../verdict/machine.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { percentage } from '../../verdict/wording.ts'
import { count } from './figures.ts'

/** Names and values; empty where nobody sampled the machine. */
export function machineFacts({ machine }: Pick<Verdict, 'machine'>): [name: string, value: string][] {
  if (machine === undefined) return []
  const { cores, taken, waiting, stretches, starved, unjudged } = machine
  const wait =
    waiting === null
      ? 'not measured'
      : `${waiting.service}, ${percentage(waiting.share)} of the time it wanted one, limit ${percentage(starvingLimit)}`
  const facts: [string, string][] = [
    [
      'Taken by other programs',
      `${percentage(taken)} of ${count(cores)} cores, limit ${percentage(busyLimit)}`,
    ],
    ['Waited longest for a core', wait],
    ['Starved: over both limits', `${count(starved)} of ${count(stretches)} stretches of 5 s`],
  ]
  return unjudged === null ? facts : [...facts, ['Not judged', unjudged]]
}
