// Whoever watches a figure of the target tells when it is back to normal after each disturbance.
import { waitsAfter, type Wait } from '../plan/fault-waits.ts'
import type { KeyedName, ObservationName, Vocabulary } from '../plan/vocabulary.ts'
import type { World } from './actor.ts'

/** So many looks in a row that find it normal end a wait. */
const calmLooks = 2

/** Seconds after T0. */
interface Watched extends Wait {
  /** Looks in a row that found it normal. */
  calm: number
  back: number | null
}

const disturbances = ['burst', 'peak', 'overload', 'fault']

/** After each stretch of faults, else after the last disturbance that a recovery follows. */
function waitsOf({ faults, phases }: World<Vocabulary>['data']): Watched[] {
  const disturbed =
    faults.length > 0
      ? faults.map(({ start, seconds }) => ({ start, end: start + seconds }))
      : phases
          .filter(({ kind }, index) => disturbances.includes(kind) && phases[index + 1]?.kind === 'recovery')
          .slice(-1)
  return waitsAfter(disturbed).map((wait) => ({ ...wait, calm: 0, back: null }))
}

export class WayBack<V extends Vocabulary> {
  readonly #waits: Watched[]

  /**
   * @param notBack what is wrong with one that was not seen to end, in words
   */
  constructor(
    private readonly world: World<V>,
    private readonly of: Exclude<ObservationName<V>, KeyedName<V>>,
    private readonly notBack: string,
  ) {
    this.#waits = waitsOf(world.data)
  }

  /** Whether nothing more is waited for. */
  get isOver(): boolean {
    return this.#waits.at(-1)?.back !== null
  }

  /** What was found at a time (seconds after T0). Only what is seen after a disturbance counts. */
  see(now: number, isNormal: boolean): void {
    const wait = this.#waits.find(({ from, until }) => from <= now && now < until)
    if (wait === undefined) return
    wait.calm = isNormal ? wait.calm + 1 : 0
    if (wait.calm >= calmLooks) wait.back ??= now
  }

  /** In the end: how long each wait was that had begun by then. */
  tell(ended: number): void {
    for (const wait of this.#waits) if (wait.from <= ended) this.#tell(wait, ended)
  }

  #tell({ from, until, back }: Watched, ended: number): void {
    const { world, of } = this
    const watchedUntil = Math.min(until, ended)
    world.backToNormal(of, {
      from: world.at(from),
      at: back === null ? null : world.at(back),
      watchedUntil: world.at(watchedUntil),
    })
    // Of one that the next fault cut short nobody knows how it would have ended.
    if (back === null && watchedUntil < ended) return
    const ms = ((back ?? watchedUntil) - from) * 1000
    world.observe(of, 'recovery', back === null ? this.notBack : null, { ms })
  }
}
