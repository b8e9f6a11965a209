// Every planted defect by name; switched on only by the DEFECTS variable of the testbed.
import type { Defect } from '../defect.ts'
import favouriteWorker from './favourite-worker.ts'
import headOfLineBlocking from './head-of-line-blocking.ts'
import lifoQueue from './lifo-queue.ts'
import oneErrorIn100 from './one-error-in-100.ts'
import pollEvery200ms from './poll-every-200ms.ts'
import pollEvery700ms from './poll-every-700ms.ts'
import skipsLargeTasks from './skips-large-tasks.ts'
import slowDashboard from './slow-dashboard.ts'
import slowFiftieth from './slow-fiftieth.ts'
import slowRegistration from './slow-registration.ts'
import slowSubmit from './slow-submit.ts'
import slowTenth from './slow-tenth.ts'

export const defects: Record<string, Defect> = {
  'favourite-worker': favouriteWorker,
  'head-of-line-blocking': headOfLineBlocking,
  'lifo-queue': lifoQueue,
  'one-error-in-100': oneErrorIn100,
  'poll-every-200ms': pollEvery200ms,
  'poll-every-700ms': pollEvery700ms,
  'skips-large-tasks': skipsLargeTasks,
  'slow-dashboard': slowDashboard,
  'slow-fiftieth': slowFiftieth,
  'slow-registration': slowRegistration,
  'slow-submit': slowSubmit,
  'slow-tenth': slowTenth,
}

/** @throws Error that lists the valid names when one of the names is not a defect's. */
export function defectsByName(names: string[]): Defect[] {
  return names.map((name) => {
    const defect = defects[name]
    if (defect) return defect
    throw new Error(
      `No defect is called ${JSON.stringify(name)}. Valid names: ${Object.keys(defects).join(', ')}.`,
    )
  })
}
