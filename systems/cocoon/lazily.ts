// What most virtual users never need: evaluated when it is asked for, and in a closure of its own.

/** Only of the cases in which somebody is paid. */
export const paymentsAdapter = () =>
  require('./late/payments-adapter.ts') as typeof import('./late/payments-adapter.ts')

/** Only of the cases that judge whether what has ended stays as it is. */
export const askingAgain = () => require('./late/asking-again.ts') as typeof import('./late/asking-again.ts')

/** Only before the load. */
export const checksAdapter = () =>
  require('./late/checks-adapter.ts') as typeof import('./late/checks-adapter.ts')
