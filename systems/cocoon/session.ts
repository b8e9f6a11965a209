// A client with a session of its own: an open connection, a task about once a minute, thinking in between.
import { poolOf, taskMemoryMb } from './membership.ts'
import type { World } from './names.ts'

/**
 * It thinks this long after an answer, give or take: the source's clients ask about once a minute, and a session that got no
 * answer for so long is judged as lost.
 */
const [thinkSeconds, thinkSpreadSeconds] = [52, 8]
/** After a failure it asks again so soon. */
const retrySeconds = 1
/** The last session comes this long before the load that is judged. */
const leadSeconds = 5

/**
 * Comes at its place in the queue of sessions, stays to the end, and says how long it was without an answer at most: it counts
 * as open while its last answer is no older than the limit.
 */
export function session(world: World): void {
  const { data, index } = world
  const pool = poolOf(world)
  const held = data.phases.find(({ kind }) => kind === 'peak')
  if (held === undefined) return
  const sessions = data.residents['session'] ?? 1
  const clientId = `${data.run}-s-${index}`
  const openSeconds = world.limitMs('client-session', held.kind) / 1000
  world.sleep(((held.start - leadSeconds) * index) / sessions)
  const began = world.now()
  let answeredAt: number | null = null
  let longest = 0
  let said = false
  for (let asked = 0; world.now() < data.driveSeconds; asked++) {
    const { outcome } = world.send(
      'submit',
      pool.submit({
        key: `${clientId}-${asked}`,
        clientId,
        memoryMb: taskMemoryMb[0]!,
        priority: 10,
        prompt: `task ${asked}`,
        run: data.run,
        maxWaitMs: null,
      }),
    )
    const now = world.now()
    if (now > held.start) longest = Math.max(longest, now - (answeredAt ?? began))
    if (outcome === 'ok') answeredAt = now
    // At once, because a run that goes so wrong may not see its end.
    if (longest >= openSeconds && !said) {
      said = true
      world.observe('client-session', held.kind, null, { ms: longest * 1000 })
    }
    const think = thinkSeconds + thinkSpreadSeconds * (world.random('think', index, asked) - 0.5)
    const pause = outcome === 'ok' ? think : retrySeconds
    world.sleep(Math.max(0, Math.min(pause, data.driveSeconds - now)))
  }
  longest = Math.max(longest, held.end - (answeredAt ?? began))
  if (!said) world.observe('client-session', held.kind, null, { ms: longest * 1000 })
}
