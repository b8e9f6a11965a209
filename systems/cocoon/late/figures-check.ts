// The pool's figures, held against what one client and one worker did while nobody else uses it; and its count of completed
// tasks, told before the load and after it, which the runner holds against all of them.
import type { CheckResult } from '../../../lib/drive/actor.ts'
import type { firstRequests } from '../../../lib/drive/first-requests.ts'
import type { Names, World } from '../names.ts'
import type { Pool, PoolView } from '../pool.ts'

type Figures = Record<'waiting' | 'running' | 'completed' | 'accepted' | 'failed', number>

/** Figures may be a second old: so often, in ms, and for so long they are asked for again, before they are called wrong. */
const [againMs, staleMs] = [250, 1500]

const notMade = (why: string): CheckResult => ({ is: 'not made', why })

const wordsOf = (figures: Record<string, unknown>): string =>
  ['accepted', 'waiting', 'running', 'completed', 'failed']
    .map((name) => `${name} ${String(figures[name])}`)
    .join(', ')

const hasAll = (view: PoolView): view is PoolView & { completed: number; accepted: number; failed: number } =>
  [view.completed, view.accepted, view.failed].every((figure) => typeof figure === 'number')

export class FiguresCheck {
  private before: Figures | null = null

  constructor(
    private readonly world: World,
    private readonly pool: Pool,
    private readonly requests: ReturnType<typeof firstRequests<Names>>,
    private readonly isPromised: boolean,
  ) {}

  /** Before anything is submitted. */
  begin(): void {
    const { world, pool } = this
    if (!this.isPromised || pool.stats === undefined)
      return this.says(notMade('the adapter of this target does not promise it'))
    if (!world.data.target.alone)
      return this.says(notMade('the target file does not say "alone": true, so others may be in its figures'))
    this.before = this.read()
    if (this.before !== null) tellCompleted(world, this.before.completed)
  }

  /** A task of ours was accepted, and nobody has polled for it. */
  whileOneWaits(): void {
    this.see('a task waited', ({ accepted }, now) => now.waiting >= 1 && now.accepted > accepted)
  }

  whileOneRuns(): void {
    this.see('a worker held a task', (_, now) => now.running >= 1)
  }

  /** At rest again, after so many results were taken. */
  end(taken: number): void {
    const what = `all had ended, ${taken} of them by their results`
    const isKept = this.see(what, (before, now) => {
      const more = (name: keyof Figures): number => now[name] - before[name]
      const isSum =
        more('accepted') === more('waiting') + more('running') + more('completed') + more('failed')
      return isSum && more('completed') >= taken
    })
    if (isKept) this.says({ is: 'kept' })
  }

  /** Whether the figures are, within the time that they may be old, as they have to be now. */
  private see(what: string, isRight: (before: Figures, now: Figures) => boolean): boolean {
    const { before, world } = this
    if (before === null) return false
    const until = Date.now() + staleMs
    for (;;) {
      const now = this.read()
      if (now === null) return false
      if (isRight(before, now)) return true
      if (Date.now() >= until) {
        const how = `when ${what}, the figures were ${wordsOf(now)}; before that ${wordsOf(before)}`
        this.says({ is: 'violated', how })
        return false
      }
      world.sleep(againMs / 1000)
    }
  }

  /** Null where there are none; then the check is not made. */
  private read(): Figures | null {
    const answer = this.requests.probe('stats', this.pool.stats!())
    if (answer.value === null) this.says(notMade(answer.why))
    else if (hasAll(answer.value)) return answer.value
    else this.says(notMade('its figures have no accepted, completed or failed tasks'))
    this.before = null
    return null
  }

  private says(result: CheckResult): void {
    this.requests.check('figures', result)
  }
}

/** So often the figures are asked for when all is over: an answer that is lost leaves the count unjudged. */
const attempts = 3

/** When all have left: the other end of the count. */
export function countAtRest(world: World, pool: Pool): void {
  if (pool.stats === undefined || !world.data.target.alone) return
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { value } = world.send('stats', pool.stats())
    if (value === null) continue
    if (value.completed !== undefined) tellCompleted(world, value.completed)
    return
  }
}

const tellCompleted = (world: World, completed: number): void => world.point('completed-at-rest', completed)
