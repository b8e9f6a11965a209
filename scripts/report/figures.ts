// Numbers as people read them: three significant digits, a unit that fits, one way of writing time.
import type { Verdict } from '../../verdict/verdict.ts'

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const significant = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 })

/** Whole from a thousand up, three significant digits below. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  return Math.abs(value) >= 1000 ? grouped.format(value) : significant.format(value)
}

export const count = (value: number): string => (Number.isFinite(value) ? grouped.format(value) : '–')

/** A duration given in ms: "12.3 ms", "1.25 s", "2:05 min". */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–'
  if (Math.abs(ms) < 1000) return `${significant.format(ms)} ms`
  if (Math.abs(ms) < 100_000) return `${significant.format(ms / 1000)} s`
  return `${clock(ms / 1000)} ${ms < 3_600_000 ? 'min' : 'h'}`
}

/** Seconds after the start of the run as mm:ss, from an hour up as h:mm:ss. */
export function clock(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  const text =
    minutes < 60
      ? `${two(minutes)}:${two(whole % 60)}`
      : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`
  return seconds < 0 && whole > 0 ? `−${text}` : text
}

/** How long a run took and, where a job simulated its phases, how much time that was. */
export function lengthText({
  clock: kind,
  seconds,
  phases,
}: Pick<Verdict, 'clock' | 'seconds' | 'phases'>): string {
  if (kind !== 'virtual') return clock(seconds)
  const [first, last] = [phases[0], phases.at(-1)]
  const simulated = first === undefined || last === undefined ? 0 : (last.end - first.start) / 1000
  return `${clock(seconds)}, in which ${clock(simulated)} were simulated`
}

const binarySteps = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  let size = Math.abs(value)
  let step = 0
  while (size >= 1024 && step < binarySteps.length - 1) {
    size /= 1024
    step += 1
  }
  return `${value < 0 ? '−' : ''}${significant.format(size)} ${binarySteps[step]}`
}

/** A share of 1 as per cent. */
export const percentage = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '–' : `${significant.format(share * 100)} %`

/** A number in the unit that a criterion names. An unknown unit is written as it is. */
export function inUnit(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return '–'
  switch (unit) {
    case 'ms':
      return duration(value)
    case 's':
      return duration(value * 1000)
    case 'share':
      return percentage(value)
    case 'bytes':
      return bytes(value)
    case '':
      return figure(value)
    default:
      return `${figure(value)} ${unit}`
  }
}

/** Unix ms as UTC, "2026-03-01 12:00:05Z". A time that is none stays visible as such. */
export function utc(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15
    ? new Date(ms)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z/, 'Z')
    : 'unknown time'
}

/** UTC time of day with milliseconds, for lines of a witness. */
export function timeOfDay(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString().slice(11, 23) : 'unknown'
}
