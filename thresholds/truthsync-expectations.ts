// What the source of the claim-verification service expects to see. It promises none of it, and some of it nobody can have:
// docs/truthsync.md.
import {
  expectations,
  goodRate,
  goodShare,
  memory,
  network,
  observed,
  percentileOf,
  processors,
  risenShare,
} from './expected.ts'

/**
 * Requests a second that so many of the source's users would send to a service that answers at once: each waits from 1 to 10 ms
 * between two requests, 5.5 ms on average, and a request takes about 1 ms.
 */
export const requestsOf = (users: number): number => Math.round(users * 154)

export const truthsyncExpectations = expectations('truthsync.md', {
  'baseline.expected': [
    'Baseline performance with 10,000 claims, 50 users',
    requestsOf(50),
    goodRate({ text: 'RPS: 10,000-50,000', of: 'api', in: 'normal', from: 10_000, to: 50_000 }),
    // Most requests are single texts. The batches, which take longer by their size, have criteria of their own.
    percentileOf({ text: 'P50 latency: 0.5-1ms', of: 'verify', p: 50, from: 0.5, to: 1 }),
    percentileOf({ text: 'P99 latency: 2-5ms', of: 'verify', p: 99, from: 2, to: 5 }),
    goodShare({
      text: 'Cache hit rate: 80-85%',
      of: 'cached',
      criterion: 'baseline.cache-hit',
      from: 80,
      to: 85,
    }),
    network({ text: 'Network: 10-50 Mbps', from: 10, to: 50 }),
  ],
  'stress.expected': [
    'Stress performance, 200 users',
    requestsOf(200),
    goodRate({ text: 'RPS: 50,000-100,000', of: 'api', in: 'peak', from: 50_000, to: 100_000 }),
    percentileOf({ text: 'P50 latency: 1-2ms', of: 'verify', p: 50, from: 1, to: 2 }),
    percentileOf({ text: 'P99 latency: 5-10ms', of: 'verify', p: 99, from: 5, to: 10 }),
    // Of the whole run, the time in which the cache fills among it: no criterion of this case judges hits by themselves.
    risenShare({
      text: 'Cache hit rate: 75-80%',
      of: 'stats-hits',
      whole: 'stats-claims',
      from: 75,
      to: 80,
    }),
    processors({ text: 'CPU: 40-60%', in: 'peak', from: 40, to: 60 }),
    memory({ text: 'Memory: 512MB-1GB', in: 'peak', from: 512, to: 1000 }),
  ],
  // The criterion of this name has the limit that can be had; this is the source's own.
  'baseline.speedup': [
    'Validate 90.5x speedup: a cached answer against one that had to be worked out',
    null,
    observed({ text: '90.5x speedup', of: 'speedup', which: 'last', unit: 'times', from: 90.5 }),
  ],
})
