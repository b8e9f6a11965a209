// What became of each lie, as a table.
import type { Lie } from './lie.ts'
import type { Told } from './trials.ts'

export interface Row {
  name: string
  lie: Lie
  told: Told
}

/** Promised criteria that a lie brought to PASS. */
export const fooled = ({ lie, told }: Row): string[] =>
  lie.concerns.filter((id) => told.of(id).status === 'PASS')

/** Whether it was seen through, by the criterion that was to do so, for the right reason. */
export function isCaught({ lie, told }: Row): boolean {
  const { status, words } = told.of(lie.concerns[0])
  const wanted = lie.undecided === true ? 'UNDECIDED' : 'FAIL'
  return status === wanted && lie.as.test(words)
}

const cells = (all: string[]): string => `| ${all.map((text) => text.replaceAll('|', '/')).join(' | ')} |`

export function matrixText(rows: Row[], variations: { name: string; trial: string; told: Told }[]): string {
  const lines = rows.map((row) => {
    const { name, lie, told } = row
    const statuses = lie.concerns.map((id) => `${id} ${told.of(id).status}`)
    const by = isCaught(row) ? lie.concerns[0] : '**nothing**'
    return cells([name, lie.does, lie.trial, statuses.join(', '), told.verdict, by])
  })
  return [
    cells(['lie', 'what the pool does', 'trial', 'concerned criteria', 'verdict', 'caught by']),
    cells(Array(6).fill('---')),
    ...lines,
    '',
    cells(['honest variation', 'trial', 'verdict']),
    cells(Array(3).fill('---')),
    ...variations.map(({ name, trial, told }) => cells([name, trial, told.line])),
    '',
  ].join('\n')
}
