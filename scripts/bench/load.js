// The load under which all contestants are measured: the same executors, rates and numbers of virtual users.
export const seconds = Number(__ENV.BENCH_SECONDS)
export const perSecond = Number(__ENV.BENCH_RATE)
export const virtualUsers = Number(__ENV.BENCH_USERS)

/** Arrivals at a fixed rate. */
export const arrivals = {
  executor: 'constant-arrival-rate',
  rate: perSecond,
  duration: `${seconds}s`,
  preAllocatedVUs: virtualUsers,
  maxVUs: virtualUsers,
}

/** As many virtual users that live through the run. */
export const residents = {
  executor: 'per-vu-iterations',
  vus: virtualUsers,
  iterations: 1,
  maxDuration: `${seconds + 10}s`,
}
