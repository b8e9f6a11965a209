// Something that is done one at a time, though it need not be.
import type { Step } from './defect.ts'

/** The delay of a request that has to wait for its turn, where each turn takes so long. */
export function oneAtATime(ms: number, isMeant: (step: Step) => boolean): (step: Step) => number {
  let freeAt = 0
  return (step) => {
    if (!isMeant(step)) return 0
    const now = performance.now()
    freeAt = Math.max(now, freeAt) + ms
    return freeAt - now
  }
}
