// The accounts that workers are paid to, and the record of the work that they are paid for. Evaluated by every virtual user.
import type { LedgerEvent } from '../../verdict/oracles/ledger/oracle.ts'
import type { Assignment } from './pool.ts'
import type { World } from './names.ts'

/** Every fifth worker is paid without being asked as soon as it has earned this much; the others ask. */
export const unaskedEvery = 5
const thresholdNanoton = 30_000_000

/** Every worker of the plan has an account of its own. */
export const accountCount = (world: World): number => Math.max(1, world.data.residents['worker'] ?? 1)

const isUnasked = (index: number): boolean => index % unaskedEvery === unaskedEvery - 1

const addresses = new Map<number, string>()

/** Words of 32 bits in the account part of an address. */
const words = 8

/** An address of the chain that nobody else has, made of the run and the account's number. */
export function accountOf(world: World, index: number): string {
  let address = addresses.get(index)
  if (address === undefined) {
    const purpose = `account/${world.data.run}/${index}`
    const hex = Array.from({ length: words }, (_, word) =>
      Math.floor(world.random(purpose, word) * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
    address = `0:${hex.join('')}`
    addresses.set(index, address)
  }
  return address
}

/** What the account of this number is to be paid at unasked; null where its owner asks. */
export const thresholdOf = (index: number): number | null => (isUnasked(index) ? thresholdNanoton : null)

/** Where a worker is paid, and whether it has to ask. */
export function payoutTermsOf(world: World): { account: string; thresholdNanoton: number | null } {
  const index = world.index % accountCount(world)
  return { account: accountOf(world, index), thresholdNanoton: thresholdOf(index) }
}

/** Who does something, in the history. */
export const processOf = (world: World): string => `${world.place}-${world.index}`

/** Tells the ledger oracle. */
export const tellLedger = (world: World, event: LedgerEvent): void => world.tell(event)

/** A task costs one unit of work for each gigabyte that it needs, or part of one. */
const unitsOf = (memoryMb: number): number => Math.ceil(memoryMb / 1024)

/** Records that this worker completed a task, or may have. */
export function recordWork(
  world: World,
  outcome: 'ok' | 'unknown',
  { taskId: task, memoryMb = 0 }: Assignment,
): void {
  if (!world.data.history) return
  const { account } = payoutTermsOf(world)
  tellLedger(world, {
    event: 'history',
    oracle: 'ledger',
    entry: {
      type: 'work',
      outcome,
      process: processOf(world),
      t: Date.now(),
      task,
      account,
      units: unitsOf(memoryMb),
    },
  })
}
