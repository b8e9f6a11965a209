// Lines of the services' logs around a moment: the target's side of a witness.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Witness } from '../../verdict/verdict.ts'

const linesMost = 12
const aroundMs = 250

/**
 * Up to twelve lines, each after the name of its file: those that carry the correlation id of a failing operation, else
 * those written nearest to the first bad moment, in the order of their times.
 */
export async function serviceLogLines(folder: string, witness: Witness): Promise<string[]> {
  const ids = witness.operations.map(({ correlationId }) => correlationId).filter((id) => id !== '')
  const byId: string[] = []
  const byTime: { time: number; text: string }[] = []
  for (const file of (await readdir(folder)).filter(
    (name) => /\.log(\.1)?$/.test(name) && !/^k6(-\d+)?\./.test(name),
  )) {
    const text = await readFile(path.join(folder, file), 'utf8')
    for (const line of text.split('\n')) {
      if (byId.length < linesMost && ids.some((id) => names(line, id))) byId.push(`${file}: ${line}`)
      if (byId.length > 0) continue
      const time = timeOf(line)
      if (Math.abs(time - witness.first) < aroundMs) byTime.push({ time, text: `${file}: ${line}` })
    }
  }
  return byId.length > 0 ? byId : nearest(byTime, witness.first)
}

/** Whether the line has this id as a whole: those of other requests of the run begin with it. */
function names(line: string, id: string): boolean {
  for (let at = line.indexOf(id); at >= 0; at = line.indexOf(id, at + 1))
    if (!/\w/.test(line.charAt(at + id.length))) return true
  return false
}

function nearest(lines: { time: number; text: string }[], moment: number): string[] {
  const distance = ({ time }: { time: number }): number => Math.abs(time - moment)
  return lines
    .toSorted((a, b) => distance(a) - distance(b))
    .slice(0, linesMost)
    .toSorted((a, b) => a.time - b.time)
    .map(({ text }) => text)
}

/** A date and time in UTC as the keeper and Postgres begin a line with it, and as the field `time` of a JSON line has it. */
const isoTime = /(?:^|"time":")(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z| UTC)/
/** What pino writes where it is not told otherwise. */
const unixTime = /"time":(\d{13})\b/

/** Unix ms at which a line was written; NaN where it does not say. */
function timeOf(line: string): number {
  const [, date, time] = isoTime.exec(line) ?? []
  if (date !== undefined) return Date.parse(`${date}T${time}Z`)
  return Number(unixTime.exec(line)?.[1] ?? NaN)
}
