// What actors tell the oracle of waits: of a seeded sample of tasks, and of some workers, so that what the pool says of waiting can
// be held against what was seen of it.
import { arrivalsOf } from '../../lib/plan/plan-time.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { WaitEntry } from '../../verdict/oracles/waits/history.ts'
import type { Answer } from '../../lib/drive/actor.ts'
import { plannedMsIn } from './membership.ts'
import type { Membership, NewTask, PoolView, TaskView } from './pool.ts'
import type { World } from './names.ts'

/** So many tasks are told of in a second, and in a process, of which a run of many days has one for each of its epochs. */
const [tasksPerSecond, tasksMost] = [20, 5_000]
/** And so many polls; but so many workers are watched whatever that makes. */
const [pollsPerSecond, pollsMost] = [30, 10_000]
const fewestWatched = 5
/** A worker that finds no task polls so often in a second. */
const idlePollsPerSecond = 0.2
/** A shorter row of polls says nothing of a worker that waits. */
const longPollMs = 150
/** A poll that begins so soon after an empty answer belongs to the same row: the worker did nothing else in between. */
const rightAfterMs = 20

/** Shares of the tasks and of the workers that are told of; 0 where nobody asks. */
interface Watch {
  tasks: number
  workers: number
}

/** Made once by each virtual user. */
let watch: Watch | undefined

function makeWatch({ data }: World): Watch {
  if (!data.oracles.includes('waits')) return { tasks: 0, workers: 0 }
  const tasks = Object.values(data.segments)
    .filter(({ work }) => work)
    .reduce((sum, segment) => sum + arrivalsOf(segment), 0)
  const seconds = Math.max(1, data.driveSeconds)
  const workers = data.residents['worker'] ?? 0
  const polls = tasks + seconds * idlePollsPerSecond * workers
  const most = (perSecond: number, inAll: number): number => Math.min(perSecond * seconds, inAll)
  return {
    tasks: most(tasksPerSecond, tasksMost) / tasks,
    workers: Math.max(most(pollsPerSecond, pollsMost) / polls, fewestWatched / workers),
  }
}

const watchOf = (world: World): Watch => (watch ??= makeWatch(world))

const tell = (world: World, entry: WaitEntry): void =>
  world.tell({ event: 'history', oracle: 'waits', entry })

/** Keys end with the number of the arrival, which client, worker and follower know alike. */
function isToldOf(world: World, key: string): boolean {
  const { tasks } = watchOf(world)
  if (tasks >= 1) return true
  const index = Number(key.slice(key.lastIndexOf('-') + 1))
  return tasks > 0 && world.random('watched-task', index) < tasks
}

/** A client's submission was accepted. */
export function tellSubmitted(
  world: World,
  kind: PhaseKind,
  { key, memoryMb }: Pick<NewTask, 'key' | 'memoryMb'>,
  sentAt: number,
  { acceptedAt }: TaskView,
): void {
  if (acceptedAt === undefined || !isToldOf(world, key)) return
  const answeredAt = Date.now()
  const plannedMs = plannedMsIn(world.phase())
  tell(world, { type: 'submitted', key, kind, size: memoryMb, sentAt, answeredAt, acceptedAt, plannedMs })
}

/** A follower saw how a task ended. */
export function tellShown(world: World, key: string, view: TaskView): void {
  const { acceptedAt, assignedAt, ableIdleMs = null, attempts = null, completedBy: doneBy = null } = view
  if (acceptedAt === undefined || assignedAt === undefined || assignedAt === null) return
  if (isToldOf(world, key))
    tell(world, { type: 'shown', key, acceptedAt, assignedAt, ableIdleMs, attempts, doneBy })
}

/** The observer saw how many tasks wait. */
export function tellLooked(world: World, { sentAt, ms }: Answer<unknown>, { waiting }: PoolView): void {
  if (watchOf(world).tasks === 0) return
  const { kind } = world.phase()
  tell(world, { type: 'looked', kind, sentAt, answeredAt: Math.round(sentAt + ms), waiting })
}

/** What a worker tells of its polls while it is registered. */
export class Polls {
  private readonly from = Date.now()
  private readonly isWatched: boolean
  /** The current row of polls: when the first began, and when the last was answered. 0 when there is none. */
  private begunAt = 0
  private answeredAt = 0

  constructor(
    private readonly world: World,
    private readonly worker: string,
    private readonly memoryMb: number,
    private readonly member: Membership,
  ) {
    const { workers } = watchOf(world)
    this.isWatched = workers > 0 && world.random('watched-worker', world.index) < workers
  }

  /** A poll was answered with nothing. */
  empty({ sentAt, ms }: Answer<unknown>): void {
    this.hang(sentAt, ms)
  }

  /** A poll was answered with a task; `key` is the task's, where the pool shows it. */
  given({ sentAt, ms, correlationId }: Answer<unknown>, key: string | null): void {
    const { world, member } = this
    this.hang(sentAt, ms)
    const { begunAt, answeredAt } = this
    if (key !== null && isToldOf(world, key)) {
      const { workerId, leaseSeconds } = member
      const leaseMs = leaseSeconds === undefined ? null : leaseSeconds * 1000
      tell(world, { type: 'given', key, workerId, leaseMs, begunAt, answeredAt, correlationId })
    }
    this.tellHung()
  }

  private hang(sentAt: number, ms: number): void {
    if (sentAt > this.answeredAt + rightAfterMs) {
      this.tellHung()
      this.begunAt = sentAt
    }
    this.answeredAt = Math.round(sentAt + ms)
  }

  /** Ends the current row. */
  private tellHung(): void {
    const { begunAt, answeredAt, world, worker } = this
    if (this.isWatched && answeredAt - begunAt >= longPollMs)
      tell(world, { type: 'polled', worker, begunAt, answeredAt })
    this.begunAt = this.answeredAt = 0
  }

  /** It leaves. */
  end(): void {
    const { world, worker, memoryMb, from } = this
    this.tellHung()
    if (this.isWatched) tell(world, { type: 'present', worker, size: memoryMb, from, until: Date.now() })
  }
}
