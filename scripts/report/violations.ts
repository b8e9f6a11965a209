// Violations of laws, each with the few events that show it, on a line of time.
import type { Violation } from '../../verdict/oracles/oracle.ts'
import { duration, timeOfDay } from './figures.ts'
import { type Markup, markup } from './text.ts'

/** When an event was, and how long after the first one of its violation. */
const moment = (t: number | null, first: number): string =>
  t === null ? 'in the end' : `${timeOfDay(t)} +${duration(t - first)}`

/** Each violation: what is wrong, and the events that show it, in their order on a line of time. */
export function violationList(violations: Violation[] | undefined): Markup | null {
  if (violations === undefined || violations.length === 0) return null
  return markup`<h4>Violations</h4><ol class="violations">${violations.map(({ law, text, t, events }) => {
    const first = events.find((event) => event.t !== null)?.t ?? t
    return markup`<li><code>${law}</code> ${text}<ol class="events">${events.map(
      (event) =>
        markup`<li><span class="quiet">${moment(event.t, first)}</span> <strong>${event.who}</strong> ${event.text}</li>`,
    )}</ol></li>`
  })}</ol>`
}

/** The lines of a violation for a block of plain text. */
export const violationLines = (violations: Violation[] = []): string[] =>
  violations.flatMap(({ law, text, events }) => [
    `${law}: ${text}`,
    ...events.map(({ t, who, text: what }) => `  ${t === null ? 'in the end' : timeOfDay(t)} ${who} ${what}`),
  ])
