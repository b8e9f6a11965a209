// What people see while a run goes: a line per phase, and a line now and then in between.
import type { Plan } from '../../lib/plan/plan.ts'
import type { EventLog } from '../evidence/events.ts'
import type { Part } from './parts.ts'

/** Seconds between two lines of one phase, in the first minutes and later. */
const [everySeconds, laterEverySeconds] = [10, 60]
/** From here on a run is a long one. */
const longAfterSeconds = 600

const clock = (seconds: number): string =>
  `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

export class Progress {
  private phase = ''
  private saidAt = 0

  constructor(
    private readonly plan: Plan,
    private readonly parts: readonly Part[],
    private readonly log: EventLog,
    private readonly say: (line: string) => void,
  ) {}

  /** Says what there is to say now. Times are after T0 of the whole run. */
  tick(nowMs = Date.now()): void {
    if (this.log.t0 === null) return
    const seconds = (nowMs - this.log.t0) / 1000
    const { name, kind, until } = this.stretchAt(seconds)
    const every = seconds < longAfterSeconds ? everySeconds : laterEverySeconds
    if (name === this.phase && seconds - this.saidAt < every) return
    const fresh = name !== this.phase
    this.phase = name
    this.saidAt = seconds
    const point = this.plan.work?.waiting
    const waiting = point === undefined ? undefined : this.log.points.get(point)?.last?.value
    const bad = [...this.log.badByRule.values()].reduce((sum, count) => Math.max(sum, count), 0)
    this.say(
      `${clock(seconds)} ${fresh ? '▶' : ' '} ${name.padEnd(10)} ${kind.padEnd(9)} ${until.padEnd(28)}` +
        `${this.partsAt(seconds)}${waiting === undefined ? '' : `${waiting} waiting, `}${bad === 0 ? 'no violations' : `${bad} violations of the worst criterion`}`,
    )
  }

  /** What the run is at, and until when. */
  private stretchAt(seconds: number): { name: string; kind: string; until: string } {
    const { clock: time, phases, driveSeconds } = this.plan
    if (time === 'virtual')
      return { name: 'simulating', kind: '', until: `at most until ${clock(driveSeconds)}` }
    const phase = phases.find(({ end }) => seconds < end)
    if (phase === undefined) return { name: 'settle', kind: '', until: 'until the system is at rest' }
    return { name: phase.name, kind: phase.kind, until: `until ${clock(phase.end)}` }
  }

  /** "epoch 3 of 6, 2 shards, ": nothing in a run of one process. */
  private partsAt(seconds: number): string {
    const begun = this.parts.filter(({ startSeconds }) => startSeconds <= seconds).at(-1) ?? this.parts[0]
    if (begun === undefined || begun.of === 1) return ''
    const epoch = begun.epochs > 1 ? `epoch ${begun.epoch} of ${begun.epochs}, ` : ''
    return `${epoch}${begun.shards > 1 ? `${begun.shards} shards, ` : ''}`
  }
}
