// What our own code costs: requests per CPU-second of k6 with the kit's actors, beside a hand-written flat script that
// leaves the same evidence (lean) and plain k6 (bare), side by side.
import { findK6 } from '../build/binaries.ts'
import { measure, memoryPerUser, mixedLoad, ratiosOf, spread, stepLoad } from '../bench/measure.ts'
import type { BenchSize, Load } from '../bench/measure.ts'
import { checkK6Variables } from '../run/k6-environment.ts'
import { WrongUse } from '../wrong-use.ts'

const mixedSize: BenchSize = { rounds: 7, seconds: 7, perSecond: 300, users: 20 }
const stepSize: BenchSize = { rounds: 7, seconds: 7, perSecond: 1500, users: 20 }

const rowOf = (name: string, values: number[], digits: number): string[] => [
  name,
  ...spread(values).map((value) => value.toFixed(digits)),
]

/** A row for each contestant, and one for each pair that is compared. */
async function rowsOf(load: Load, k6: string, size: BenchSize, pairs: string[][]): Promise<string[][]> {
  const rates = await measure(load, k6, size)
  return [
    ...Object.entries(rates).map(([name, values]) => rowOf(`${name}: requests per CPU-second`, values, 0)),
    ...pairs.map(([one, other]) =>
      rowOf(`${one} over ${other}, second by second`, ratiosOf(rates, one!, other!), 2),
    ),
  ]
}

function print(rows: string[][]): void {
  for (const [name, ...cells] of rows)
    console.log(`${name!.padEnd(38)}${cells.map((cell) => cell.padStart(10)).join('')}`)
}

const sizeText = ({ rounds, seconds, perSecond }: BenchSize, { requestsPerArrival }: Load): string =>
  `${rounds} rounds of ${seconds} s, ${perSecond * requestsPerArrival} requests a second of all together`

/** Prints the tables; 0. */
export async function bench(): Promise<number> {
  if (process.platform !== 'linux') throw new WrongUse('bench reads /proc, which only Linux has')
  checkK6Variables(process.env)
  const k6 = (await findK6({})).path
  console.log('About three minutes.')
  const titles = ['least', 'median', 'most']
  console.log(`\nOne small POST with one criterion: ${sizeText(stepSize, stepLoad)}`)
  print([['', ...titles], ...(await rowsOf(stepLoad, k6, stepSize, [['actors', 'lean']]))])
  const mixed = await mixedLoad()
  if (mixed === null) return 0
  console.log(`\nThe mixed load of the default system: ${sizeText(mixedSize, mixed)}`)
  const pairs = [
    ['actors', 'lean'],
    ['lean', 'bare'],
    ['actors', 'bare'],
  ]
  print([['', ...titles], ...(await rowsOf(mixed, k6, mixedSize, pairs))])
  const memory: string[][] = []
  for (const [name, script] of Object.entries(mixed.scripts))
    memory.push([`${name}: MiB per user`, (await memoryPerUser(mixed, script, k6)).toFixed(2)])
  print(memory)
  return 0
}
