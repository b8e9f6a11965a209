// What people see while a run goes: a line per phase, and a line now and then in between.
import type { Plan } from '../lib/plan.ts'
import type { EventLog } from './events.ts'

/** Seconds between two lines of one phase. */
const everySeconds = 10

const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

export class Progress {
  private phase = ''
  private saidAt = 0

  constructor(
    private readonly plan: Plan,
    private readonly log: EventLog,
    private readonly say: (line: string) => void,
  ) {}

  /** Says what there is to say now. */
  tick(): void {
    if (this.log.t0 === null) return
    const seconds = (Date.now() - this.log.t0) / 1000
    const phase = this.plan.phases.find(({ end }) => seconds < end)
    const name = phase?.name ?? 'settle'
    if (name === this.phase && seconds - this.saidAt < everySeconds) return
    const fresh = name !== this.phase
    this.phase = name
    this.saidAt = seconds
    const until = phase === undefined ? 'until the system is at rest' : `until ${clock(phase.end)}`
    const waiting = this.log.points.at(-1)?.value
    const bad = [...this.log.badByRule.values()].reduce((sum, count) => Math.max(sum, count), 0)
    this.say(
      `${clock(seconds)} ${fresh ? '▶' : ' '} ${name.padEnd(10)} ${(phase?.kind ?? '').padEnd(9)} ${until.padEnd(28)}` +
        `${waiting === undefined ? '' : `queue ${waiting}, `}${bad === 0 ? 'nothing bad' : `${bad} bad under the worst rule`}`,
    )
  }
}
