// What an answer says of a request that did not succeed, and of a write that may have been applied all the same.
import type { Answer } from './actor.ts'

/** Answers of a server that gave up waiting, or wants to be asked later: they do not say that nothing was done. */
const openAnswers = [408, 425, 429]

/** Whether a status says that the request was certainly not carried out. */
export const isDefinite = (status: number): boolean =>
  status >= 400 && status < 500 && !openAnswers.includes(status)

/** What is wrong with an answer that k6 sent its request twice for, see repeats.ts. */
export const silentRepeat = 'the connection was reset and the request silently repeated'

type Came = Pick<Answer<unknown>, 'outcome' | 'status' | 'isRepeated'>

/** Whether a write was certainly not applied. Of one that was sent twice the answer speaks of the second time alone. */
export const isRejected = ({ status, isRepeated }: Omit<Came, 'outcome'>): boolean =>
  !isRepeated && isDefinite(status)

/** Whether a failed write may have been applied all the same, or twice: what a history calls unknown. */
export const isUnsure = (answer: Came): boolean => answer.outcome === 'failed' && !isRejected(answer)
