// What most virtual users never need: evaluated when it is asked for, and in a closure of its own.

/** Only of the few that look after a run. */
export const watchingActors = () =>
  require('./late/watching-actors.ts') as typeof import('./late/watching-actors.ts')
/** Only of the cases in which somebody is paid. */
export const paymentActors = () =>
  require('./late/payment-actors.ts') as typeof import('./late/payment-actors.ts')
/** Only of the cases that break something. */
export const faultActors = () => require('./late/fault-actors.ts') as typeof import('./late/fault-actors.ts')
/** Before and after the load, by one virtual user. */
export const inquiry = () => require('./late/preflight.ts') as typeof import('./late/preflight.ts')
export const paymentsAdapter = () =>
  require('./late/payments-adapter.ts') as typeof import('./late/payments-adapter.ts')
