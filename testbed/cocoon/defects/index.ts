// Every planted defect by name; switched on only by the DEFECTS variable of the testbed.
import type { Defect } from '../defect.ts'
import acceptsReusedKey from './accepts-reused-key.ts'
import ackBeforeCommit from './ack-before-commit.ts'
import allocatorScan from './allocator-scan.ts'
import backlogForever from './backlog-forever.ts'
import collapse from './collapse.ts'
import confirmsTooEarly from './confirms-too-early.ts'
import dropsIdleWorkers from './drops-idle-workers.ts'
import dropsOneIn300 from './drops-one-in-300.ts'
import earnsInterest from './earns-interest.ts'
import errorsUnderLoad from './errors-under-load.ts'
import faultHealsLate from './fault-heals-late.ts'
import faultNeverHeals from './fault-never-heals.ts'
import favouriteWorker from './favourite-worker.ts'
import forgetsDebit from './forgets-debit.ts'
import forgetsDropped from './forgets-dropped.ts'
import forgetsThresholds from './forgets-thresholds.ts'
import globalLock from './global-lock.ts'
import headOfLineBlocking from './head-of-line-blocking.ts'
import injectorDoesNothing from './injector-does-nothing.ts'
import injectorHitsAnother from './injector-hits-another.ts'
import lateJoiners from './late-joiners.ts'
import leakPerTask from './leak-per-task.ts'
import leaksConnections from './leaks-connections.ts'
import leaseNeverExpires from './lease-never-expires.ts'
import ledgerWithoutChain from './ledger-without-chain.ts'
import lifoQueue from './lifo-queue.ts'
import losesAcceptedPayouts from './loses-accepted-payouts.ts'
import losesUnderSpike from './loses-under-spike.ts'
import makesUpPayouts from './makes-up-payouts.ts'
import noBalanceCheck from './no-balance-check.ts'
import noShedding from './no-shedding.ts'
import oneErrorIn100 from './one-error-in-100.ts'
import onePaymentPerBlock from './one-payment-per-block.ts'
import paymentsInMemory from './payments-in-memory.ts'
import paysForNothing from './pays-for-nothing.ts'
import pollEvery200ms from './poll-every-200ms.ts'
import pollEvery700ms from './poll-every-700ms.ts'
import refusesButPays from './refuses-but-pays.ts'
import resultsInMemory from './results-in-memory.ts'
import retryPaysAgain from './retry-pays-again.ts'
import roundingLeak from './rounding-leak.ts'
import serialRegistration from './serial-registration.ts'
import serialResults from './serial-results.ts'
import sessionCap from './session-cap.ts'
import showsWhatItLost from './shows-what-it-lost.ts'
import skipsLargeTasks from './skips-large-tasks.ts'
import slowConfirmTail from './slow-confirm-tail.ts'
import slowConfirm from './slow-confirm.ts'
import slowDashboard from './slow-dashboard.ts'
import slowFiftieth from './slow-fiftieth.ts'
import slowGatewayStart from './slow-gateway-start.ts'
import slowRegistration from './slow-registration.ts'
import slowSubmit from './slow-submit.ts'
import slowTenth from './slow-tenth.ts'
import slowsWithAge from './slows-with-age.ts'
import staleReads from './stale-reads.ts'
import statusGoesBack from './status-goes-back.ts'
import stickyToDead from './sticky-to-dead.ts'
import unindexedHistory from './unindexed-history.ts'

export const defects: Record<string, Defect> = {
  'accepts-reused-key': acceptsReusedKey,
  'ack-before-commit': ackBeforeCommit,
  'allocator-scan': allocatorScan,
  'backlog-forever': backlogForever,
  collapse: collapse,
  'confirms-too-early': confirmsTooEarly,
  'drops-idle-workers': dropsIdleWorkers,
  'drops-one-in-300': dropsOneIn300,
  'earns-interest': earnsInterest,
  'errors-under-load': errorsUnderLoad,
  'fault-heals-late': faultHealsLate,
  'fault-never-heals': faultNeverHeals,
  'favourite-worker': favouriteWorker,
  'forgets-debit': forgetsDebit,
  'forgets-dropped': forgetsDropped,
  'forgets-thresholds': forgetsThresholds,
  'global-lock': globalLock,
  'head-of-line-blocking': headOfLineBlocking,
  'injector-does-nothing': injectorDoesNothing,
  'injector-hits-another': injectorHitsAnother,
  'late-joiners': lateJoiners,
  'leak-per-task': leakPerTask,
  'leaks-connections': leaksConnections,
  'lease-never-expires': leaseNeverExpires,
  'ledger-without-chain': ledgerWithoutChain,
  'lifo-queue': lifoQueue,
  'loses-accepted-payouts': losesAcceptedPayouts,
  'loses-under-spike': losesUnderSpike,
  'makes-up-payouts': makesUpPayouts,
  'no-balance-check': noBalanceCheck,
  'no-shedding': noShedding,
  'one-error-in-100': oneErrorIn100,
  'one-payment-per-block': onePaymentPerBlock,
  'payments-in-memory': paymentsInMemory,
  'pays-for-nothing': paysForNothing,
  'poll-every-200ms': pollEvery200ms,
  'poll-every-700ms': pollEvery700ms,
  'refuses-but-pays': refusesButPays,
  'results-in-memory': resultsInMemory,
  'retry-pays-again': retryPaysAgain,
  'rounding-leak': roundingLeak,
  'serial-registration': serialRegistration,
  'serial-results': serialResults,
  'session-cap': sessionCap,
  'shows-what-it-lost': showsWhatItLost,
  'skips-large-tasks': skipsLargeTasks,
  'slow-confirm': slowConfirm,
  'slow-confirm-tail': slowConfirmTail,
  'slow-dashboard': slowDashboard,
  'slow-fiftieth': slowFiftieth,
  'slow-gateway-start': slowGatewayStart,
  'slow-registration': slowRegistration,
  'slow-submit': slowSubmit,
  'slow-tenth': slowTenth,
  'slows-with-age': slowsWithAge,
  'stale-reads': staleReads,
  'status-goes-back': statusGoesBack,
  'sticky-to-dead': stickyToDead,
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
