// Once a gateway knows many clients, it has no room for one in forty: they wait in vain and are refused.
import { setTimeout as delay } from 'node:timers/promises'
import type { Defect } from '../defect.ts'

const many = 3_000
/** Hundreds who try again at once would be a load of their own, and not what this is to show. */
const refusedAfterMs = 8_000
const known = new Set<string>()

/** The same ones in every gateway. */
function isRefused(clientId: string): boolean {
  let sum = 0
  for (const letter of clientId) sum += letter.codePointAt(0) ?? 0
  return sum % 40 === 1
}

export default {
  criterion: 'target.clients',
  refusesClient: async (clientId) => {
    if (known.size < many) known.add(clientId)
    if (known.size < many || !isRefused(clientId)) return false
    await delay(refusedAfterMs)
    return true
  },
} satisfies Defect
