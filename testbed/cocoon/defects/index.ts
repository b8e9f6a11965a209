// Every planted defect by name; switched on only by the DEFECTS variable of the testbed.
import type { Defect } from '../defect.ts'
import allocatorScan from './allocator-scan.ts'
import backlogForever from './backlog-forever.ts'
import collapse from './collapse.ts'
import dropsIdleWorkers from './drops-idle-workers.ts'
import errorsUnderLoad from './errors-under-load.ts'
import favouriteWorker from './favourite-worker.ts'
import globalLock from './global-lock.ts'
import headOfLineBlocking from './head-of-line-blocking.ts'
import lateJoiners from './late-joiners.ts'
import leakPerTask from './leak-per-task.ts'
import leaksConnections from './leaks-connections.ts'
import lifoQueue from './lifo-queue.ts'
import losesUnderSpike from './loses-under-spike.ts'
import noShedding from './no-shedding.ts'
import oneErrorIn100 from './one-error-in-100.ts'
import pollEvery200ms from './poll-every-200ms.ts'
import pollEvery700ms from './poll-every-700ms.ts'
import serialRegistration from './serial-registration.ts'
import serialResults from './serial-results.ts'
import sessionCap from './session-cap.ts'
import skipsLargeTasks from './skips-large-tasks.ts'
import slowDashboard from './slow-dashboard.ts'
import slowFiftieth from './slow-fiftieth.ts'
import slowRegistration from './slow-registration.ts'
import slowSubmit from './slow-submit.ts'
import slowTenth from './slow-tenth.ts'
import slowsWithAge from './slows-with-age.ts'
import unindexedHistory from './unindexed-history.ts'

export const defects: Record<string, Defect> = {
  'allocator-scan': allocatorScan,
  'backlog-forever': backlogForever,
  collapse: collapse,
  'drops-idle-workers': dropsIdleWorkers,
  'errors-under-load': errorsUnderLoad,
  'favourite-worker': favouriteWorker,
  'global-lock': globalLock,
  'head-of-line-blocking': headOfLineBlocking,
  'late-joiners': lateJoiners,
  'leak-per-task': leakPerTask,
  'leaks-connections': leaksConnections,
  'lifo-queue': lifoQueue,
  'loses-under-spike': losesUnderSpike,
  'no-shedding': noShedding,
  'one-error-in-100': oneErrorIn100,
  'poll-every-200ms': pollEvery200ms,
  'poll-every-700ms': pollEvery700ms,
  'serial-registration': serialRegistration,
  'serial-results': serialResults,
  'session-cap': sessionCap,
  'skips-large-tasks': skipsLargeTasks,
  'slow-dashboard': slowDashboard,
  'slow-fiftieth': slowFiftieth,
  'slow-registration': slowRegistration,
  'slow-submit': slowSubmit,
  'slow-tenth': slowTenth,
  'slows-with-age': slowsWithAge,
  'unindexed-history': unindexedHistory,
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
