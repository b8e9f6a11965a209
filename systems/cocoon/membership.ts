// What the pool's actors share: the adapter that speaks to it, the sizes of workers and tasks, the end of everything.
import { adapter } from './adapter.ts'
import { adapterOf } from '../../lib/adapter.ts'
import { payoutTermsOf } from './accounts.ts'
import type { PlannedPhase } from '../../lib/plan/plan.ts'
import type { NewWorker, Pool, PoolAdapter } from './pool.ts'
import type { World } from './names.ts'

/** Memory sizes of tasks and of workers in MB, as in the source's allocation test. */
export const taskMemoryMb = [1024, 2048, 4096, 8192]
const workerMemoryMb = [8192, 12_288, 16_384, 24_576]
const gpuModel = 'NVIDIA RTX 4090'
/** The longest a worker lets the pool hold a poll. */
export const pollWaitMs = 5000

/** Made once by each virtual user: every arrival asks for it, and the target stays the same. */
let pool: Pool | undefined

/** The pool of this run's target, by its own adapter where it has one. */
export function poolOf(world: World): Pool {
  return (pool ??= makePool(world, (use) => tokenOf(world, use)))
}

/** The target's token for a use; empty where it wants none. */
export const tokenOf = ({ data }: World, use: string): string =>
  __ENV[data.target.credentials[use] ?? ''] ?? ''

/** A pool of this run's target that is asked with these tokens. */
export function makePool(world: World, credential: (use: string) => string): Pool {
  const { target } = world.data
  const make = target.adapter === null ? adapter : adapterOf<PoolAdapter>(target.adapter, 'cocoon')
  return make(credential)
}

/** The worker of this index: sizes go round, so that every run has all of them. */
export const workerOf = (world: World, name: string): NewWorker => ({
  name,
  gpuModel,
  memoryMb: workerMemoryMb[world.index % workerMemoryMb.length]!,
  run: world.data.run,
  ...payoutTermsOf(world),
})

/** How much of a task's wait comes of the queue that the plan itself makes. */
export const plannedMsIn = ({ queueSeconds }: PlannedPhase): number => 1000 * queueSeconds

/** Whether even the time for coming to rest is over. */
export const over = (world: World): boolean =>
  world.now() >= world.data.driveSeconds + world.data.settleSeconds
