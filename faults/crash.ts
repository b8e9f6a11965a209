// A service is killed without warning, stays away for a moment, and is started again as it was.
import { statusOf, type Fault } from './fault.ts'

export const crash: Fault = {
  inject: (means, service) => means.kill(service),
  bit: async (means, service) => (await statusOf(means.healthOf(service))) === 0,
  clear: (means, service) => means.restart(service),
  healed: async (means, service) => (await statusOf(means.healthOf(service))) === 200,
}
