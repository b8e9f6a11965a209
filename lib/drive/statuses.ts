// What a status says of a request that was not answered as expected.

/** Answers of a server that gave up waiting, or wants to be asked later: they do not say that nothing was done. */
const openAnswers = [408, 425, 429]

/** Whether a status says that a write was certainly not applied. */
export const isDefinite = (status: number): boolean =>
  status >= 400 && status < 500 && !openAnswers.includes(status)
