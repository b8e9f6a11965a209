// How a target is looked at from outside, by whoever injects nothing.
import { exchange } from './exchange.ts'
import { secretsOf, type Observer } from './fault.ts'

/** Whoever does not answer within this time does not answer. */
const answerMs = 1000

const ask: Observer['ask'] = async (url) => {
  // A database is well when it says so, in its own way.
  if (!url.startsWith('http')) {
    const { end } = await exchange(url)
    return { status: end === 'closed' ? 200 : 0, text: '', date: null }
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMs), redirect: 'manual' })
    const date = Date.parse(response.headers.get('date') ?? '')
    const text = await response.text()
    return { status: response.status, text, date: Number.isNaN(date) ? null : date }
  } catch {
    return { status: 0, text: '', date: null }
  }
}

/** `secrets` by the names that the target's parts hold. */
export const observerOf = (
  secrets: Record<string, string | undefined>,
  pidOf: Observer['pidOf'],
): Observer => ({
  ask,
  exchange,
  pidOf,
  secret: secretsOf(secrets),
})
