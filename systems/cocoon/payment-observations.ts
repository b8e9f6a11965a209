// The observations of payments, as cases declare them and the preflight leaves them out.

/** What only a target that pays, and whose chain can be asked, lets us observe. */
export const paymentObservations = [
  'payout',
  'payout-known',
  'payout-time',
  'payout-refusal',
  'payout-confirmation',
  'payout-once',
  'payout-row',
]
