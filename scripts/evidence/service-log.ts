// Lines of the services' logs around a moment: the target's side of a witness.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Witness } from '../../verdict/verdict.ts'

const linesMost = 12
const aroundMs = 250

/** Lines that carry the correlation id of a failing operation, else lines written around the first bad moment. */
export async function serviceLogLines(folder: string, witness: Witness): Promise<string[]> {
  const ids = witness.operations.map(({ correlationId }) => correlationId).filter((id) => id !== '')
  const byId: string[] = []
  const byTime: string[] = []
  for (const file of (await readdir(folder)).filter(
    (name) => /\.log(\.1)?$/.test(name) && !/^k6(-\d+)?\./.test(name),
  )) {
    const text = await readFile(path.join(folder, file), 'utf8')
    for (const line of text.split('\n')) {
      if (byId.length < linesMost && ids.some((id) => line.includes(id))) byId.push(`${file}: ${line}`)
      else if (byTime.length < linesMost && Math.abs(timeOf(line) - witness.first) < aroundMs)
        byTime.push(`${file}: ${line}`)
    }
  }
  return byId.length > 0 ? byId : byTime
}

/** Unix ms in a pino line; NaN elsewhere. */
function timeOf(line: string): number {
  const [, time] = /"time":(\d{13})/.exec(line) ?? []
  return time === undefined ? NaN : Number(time)
}
