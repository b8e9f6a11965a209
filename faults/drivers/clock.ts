// The clock of one process goes wrong: libfaketime, which it was started with, reads the offset from a file.
import { readFile, writeFile } from 'node:fs/promises'
import { amount, disturbedAlready, kindOf, type Driver, type FaultSpec } from '../fault.ts'
import type { ProcessPart } from '../parts.ts'

const kinds = { skew: ['linux', 'libfaketime'] } as const
type Spec = FaultSpec<ProcessPart>

/** What the file holds while the clock is right. */
const noOffset = '+0.0'

const fileOf = ({ part, target }: Spec): string => {
  if (part.clock !== undefined) return part.clock
  throw new Error(`the target file names no clock of ${target}: start it with libfaketime, and name its file`)
}

/** What the file says; a file that is not there says nothing. */
const offsetIn = async (spec: Spec): Promise<string> =>
  (
    await readFile(fileOf(spec), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
  ).trim()
/** No offset, in whichever of libfaketime's spellings. */
const isRight = (text: string): boolean => /^([+-]?0+(\.0*)?[a-z]?)?$/.test(text)

/** As libfaketime wants it. */
function offsetOf(spec: Spec): string {
  const offset = amount(spec, 'offsetSeconds')
  return `${offset < 0 ? '' : '+'}${offset.toFixed(1)}`
}

/** An answer's Date header says whole seconds only, cut off. */
const precisionMs = 1000

/** A clock that is right may be read as off by one second, and one that is wrong as well. */
const leastSeconds = (2 * precisionMs) / 1000

interface Reading {
  /** 0 while it does not answer. */
  status: number
  /** How far its clock is from ours; null where the answer does not say its time. */
  offsetMs: number | null
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function unwell({ part, target }: Spec, { status, offsetMs }: Reading): string | null {
  const address = `processes.${target}.health (${part.health})`
  if (status === 0) return `${address} does not answer`
  if (offsetMs === null) return `${address} answers without a Date header, by which its clock is seen`
  if (Math.abs(offsetMs) <= precisionMs) return null
  return `the clock behind ${address} is off by ${seconds(offsetMs)} before anything is done to it`
}

export default {
  on: 'processes',
  kinds,
  isolation: () => 'clock',
  check(spec) {
    kindOf(spec, kinds)
    const offset = amount(spec, 'offsetSeconds')
    if (Math.abs(offset) <= leastSeconds)
      throw new Error(
        `the fault "${spec.id}" has offsetSeconds ${offset}: up to ${leastSeconds} s either way cannot be told from none by a Date header`,
      )
    fileOf(spec)
  },
  async remember(spec) {
    const text = await offsetIn(spec)
    if (!isRight(text)) throw disturbedAlready(`the clock of ${spec.target} is set to ${text}`)
    return {}
  },
  inject: (spec) => writeFile(fileOf(spec), `${offsetOf(spec)}\n`),
  // Another offset is another fault's.
  async clear(spec) {
    if ((await offsetIn(spec)) === offsetOf(spec)) await writeFile(fileOf(spec), `${noOffset}\n`)
  },
  probe(spec, observer) {
    const expectedMs = amount(spec, 'offsetSeconds') * 1000
    return {
      what: 'the Date that it answers with, against our clock',
      look: async () => {
        const { status, date } = await observer.ask(spec.part.health)
        // Half a second later on average than the whole second that it says.
        return { status, offsetMs: date === null ? null : date + precisionMs / 2 - Date.now() }
      },
      text: ({ status, offsetMs }) => {
        if (offsetMs !== null) return seconds(offsetMs)
        return status === 0 ? 'no answer' : 'no date'
      },
      unwell: (reading) => unwell(spec, reading),
      bites: (_before, { offsetMs }) => offsetMs !== null && Math.abs(offsetMs - expectedMs) <= precisionMs,
      heals: (_before, { offsetMs }) => offsetMs !== null && Math.abs(offsetMs) <= precisionMs,
    }
  },
  async residue(spec) {
    const text = await offsetIn(spec)
    return isRight(text) ? [] : [`the clock of ${spec.target} is set to ${text}`]
  },
} satisfies Driver<ProcessPart, Reading>
