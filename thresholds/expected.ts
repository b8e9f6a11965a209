// Builders of what a source expects to see. It is no promise: reported beside what was measured, and never judged.
import type { PhaseKind } from '../verdict/criterion.ts'
import type { Expectation, ExpectedRow, Measure } from '../verdict/expectation.ts'

/**
 * The range in the row's unit, one end of which may be left out. `better` is the side of it that is no miss; where it is left out
 * and the range has two ends, it is the one that the builder names.
 */
type Range = Pick<ExpectedRow, 'text' | 'from' | 'to' | 'better'>
type Kinds = PhaseKind | PhaseKind[]
const listed = (kinds: Kinds): PhaseKind[] => [kinds].flat()

function rowOf<Name extends string>(
  { text, from, to, better: given }: Range,
  unit: string,
  measure: Measure<Name>,
  usual?: 'less' | 'more',
): ExpectedRow<Name> {
  const better = given ?? (from === undefined || to === undefined ? undefined : usual)
  return {
    text,
    measure,
    unit,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(better === undefined ? {} : { better }),
  }
}

/** Good requests of a group a second; more than expected is no miss. */
export const goodRate = <const Name extends string>(
  row: Range & { of: Name; in: Kinds },
): ExpectedRow<Name> => rowOf(row, 'per second', { figure: 'rate', of: row.of, in: listed(row.in) }, 'more')

/** k6's percentile of a step, or of the slowest step of a group, in ms; less than expected is no miss. */
export const percentileOf = <const Name extends string>(
  row: Range & { of: Name; p: 50 | 95 | 99 },
): ExpectedRow<Name> => rowOf(row, 'ms', { figure: 'percentile', of: row.of, p: row.p }, 'less')

/** The share, in %, of the observations that were good where a criterion of the case judges them; more is no miss. */
export const goodShare = <const Name extends string>(
  row: Range & { of: Name; criterion: string },
): ExpectedRow<Name> => rowOf(row, '%', { figure: 'good', of: row.of, criterion: row.criterion }, 'more')

/** By how much a point rose in the run, in % of the rise of another one; more is no miss. */
export const risenShare = <const Name extends string>(
  row: Range & { of: Name; whole: Name },
): ExpectedRow<Name> => rowOf(row, '%', { figure: 'risen', of: row.of, whole: row.whole }, 'more')

/** The mean use of the processors that all services may use, in %; less is no miss. */
export const processors = (row: Range & { in: Kinds }): ExpectedRow<never> =>
  rowOf(row, '%', { figure: 'processors', in: listed(row.in) }, 'less')

/** The most resident memory of all services together, in MB (10^6 bytes); less is no miss. */
export const memory = (row: Range & { in: Kinds }): ExpectedRow<never> =>
  rowOf(row, 'MB', { figure: 'memory', in: listed(row.in) }, 'less')

/** What k6 sends and receives while the load lasts, in Mbit/s. */
export const network = (row: Range): ExpectedRow<never> => rowOf(row, 'Mbit/s', { figure: 'network' })

type ValueRow<Name extends string> = Range & { of: Name; which: 'least' | 'most' | 'last'; unit: string }

/** A value that actors give with an observation. */
export const observed = <const Name extends string>(row: ValueRow<Name>): ExpectedRow<Name> =>
  rowOf(row, row.unit, { figure: 'observed', of: row.of, which: row.which })

/** A value of a point that actors tell. */
export const told = <const Name extends string>(row: ValueRow<Name>): ExpectedRow<Name> =>
  rowOf(row, row.unit, { figure: 'told', of: row.of, which: row.which })

/** In words, the level of load that the source speaks of (null where it names none), then the rows. */
type Entry = readonly [text: string, level: number | null, ...rows: ExpectedRow[]]
type NamesIn<One> = One extends readonly [string, number | null, ...infer Rows] ? NameOf<Rows[number]> : never
type NameOf<Row> = Row extends { measure: infer Of }
  ? Of extends { of: infer Name }
    ? Extract<Name | (Of extends { whole: infer Whole } ? Whole : never), string>
    : never
  : never

/** Expectations of one system, by id without the system's prefix. Each keeps the names of its rows as its type. */
export const expectations = <const Table extends Record<string, Entry>>(
  source: string,
  table: Table,
): { [Id in keyof Table]: Expectation<NamesIn<Table[Id]>> } =>
  Object.fromEntries(
    Object.entries<Entry>(table).map(([id, [text, level, ...rows]]): [string, Expectation] => [
      id,
      { text, source, ...(level === null ? {} : { level }), rows },
    ]),
  ) as unknown as { [Id in keyof Table]: Expectation<NamesIn<Table[Id]>> }
