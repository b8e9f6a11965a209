// What most virtual users never need: evaluated when it is asked for, and in a closure of its own.

/** Only of the few that look after a run. */
export const watchingActors = () => require('./watching-actors.ts') as typeof import('./watching-actors.ts')
/** Only of the cases in which somebody is paid. */
export const paymentActors = () => require('./payment-actors.ts') as typeof import('./payment-actors.ts')
/** Only of the cases that break something. */
export const faultActors = () => require('./fault-actors.ts') as typeof import('./fault-actors.ts')
/** Before and after the load, by one virtual user. */
export const inquiry = () => require('./preflight.ts') as typeof import('./preflight.ts')
export const paymentsAdapter = () =>
  require('./payments-adapter.ts') as typeof import('./payments-adapter.ts')
