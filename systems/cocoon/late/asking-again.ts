// What a task is once it has ended it stays: when the load is over, followers read a sample of those that they saw end again.
import { arrivalsOf } from '../../../lib/plan/plan-time.ts'
import type { PhaseKind } from '../../../verdict/criterion.ts'
import type { Followed } from '../following.ts'
import type { World } from '../names.ts'
import type { Pool, TaskView } from '../pool.ts'

/** So many submissions of each phase kind belong to the sample, however long the run: all followers together read no more. */
export const askedAgainMost = 80

/**
 * Also where some tasks never end and all time was spent on them; so long, because k6 ends whoever is there 30 s later, and the
 * last answers before and in this may take ten each.
 */
const moreSeconds = 10

/** What a task says of itself, by the words of a witness. */
const said = {
  'its acceptance': 'acceptedAt',
  'its first assignment': 'assignedAt',
  'its completion': 'completedAt',
  'its worker': 'completedBy',
  'its attempts': 'attempts',
  'its able_idle_ms': 'ableIdleMs',
} as const satisfies Record<string, keyof TaskView>

/** How a task differs from what it was when it had ended; null where it does not. */
function changeOf(before: TaskView, now: TaskView): string | null {
  if (!now.ended) return 'had ended, and goes on'
  for (const [words, field] of Object.entries(said))
    if (before[field] !== now[field])
      return `${words} was ${String(before[field])}, and is ${String(now[field])}`
  return null
}

/** How many submissions of its kind come before those of a stretch, and how many there are. */
interface Rank {
  kind: PhaseKind
  before: number
  all: number
}

/** The tasks of one follower that belong to the sample. */
export class AskingAgain {
  private readonly kept: { key: string; kind: PhaseKind; view: TaskView }[] = []
  /** By stretch, made when the first task of it has ended. */
  private readonly ranks: Record<string, Rank> = {}

  constructor(
    private readonly world: World,
    private readonly pool: Pool,
  ) {}

  /** A task that was seen to have ended. */
  add({ stretch, index, kind, key }: Followed & { key: string }, view: TaskView): void {
    if (this.isSampled(stretch.place, index)) this.kept.push({ key, kind, view })
  }

  /** No answer says nothing of a task. */
  ask(): void {
    const { world, pool } = this
    const { driveSeconds, settleSeconds } = world.data
    for (const { key, kind, view } of this.kept) {
      if (world.now() >= driveSeconds + settleSeconds + moreSeconds) return
      const { value, correlationId } = world.send('status', pool.status(key))
      if (value === null) continue
      const problem = value === 'unknown' ? 'had ended, and is not known any more' : changeOf(view, value)
      world.observe('asked-again', kind, problem, { correlationId })
    }
  }

  /**
   * All submissions of a kind, in the order of the plan, make as many blocks of one size as are read again, and of each block
   * one is: which one is drawn. So the sample is as large as the plan says, reaches from the first minute to the last, and is the
   * same for everybody.
   */
  private isSampled(place: string, index: number): boolean {
    const { kind, before, all } = this.ranks[place] ?? this.rank(place)
    const blocks = Math.min(all, askedAgainMost)
    const block = Math.floor(((before + index) * blocks) / all)
    const [first, next] = [block, block + 1].map((one) => Math.ceil((one * all) / blocks)) as [number, number]
    return (
      before + index === first + Math.floor(this.world.random(`ask again/${kind}`, block) * (next - first))
    )
  }

  private rank(place: string): Rank {
    const { segments } = this.world.data
    const { kind, start } = segments[place]!
    const rank = { kind, before: 0, all: 0 }
    for (const [other, segment] of Object.entries(segments)) {
      if (!segment.work || segment.kind !== kind) continue
      const arrivals = arrivalsOf(segment)
      rank.all += arrivals
      // k6 gives each virtual user its own order of names.
      const isBefore = segment.start < start || (segment.start === start && other < place)
      if (isBefore) rank.before += arrivals
    }
    return (this.ranks[place] = rank)
  }
}
