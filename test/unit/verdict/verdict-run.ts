// Evidence and criteria for the tests of the verdict: a healthy run of one shard, to be spoilt by each test.
import { unproven } from '../../../faults/life-cycle.ts'
import type { FaultVerdict } from '../../../verdict/verdict.ts'
import type { Criterion } from '../../../verdict/criterion.ts'
import type { Counts, ProcessEvidence, RunEvidence } from '../../../verdict/evidence.ts'
import type { JudgeInput } from '../../../verdict/judge.ts'
import { join, lateReasons, mergeOf, mergeReasons } from '../../../verdict/merge.ts'

/** A fault that nothing is known of yet. */
export const someFault: FaultVerdict = unproven({
  id: 'fault',
  driver: 'process',
  target: 'it',
  part: {},
  settings: { kind: 'kill' },
  seconds: 1,
})

/** Unix second at which the run's normal phase begins. */
export const begin = 1_700_000_000

export const criteria = {
  errors: {
    text: 'Error rate < 0.1 %',
    source: 'test',
    rules: [{ judge: 'share', of: ['submit'], in: ['normal'], limit: 0.001 }],
  },
  latency: {
    text: 'P95 < 500 ms',
    source: 'test',
    rules: [{ judge: 'share', of: ['submit'], in: ['normal'], limit: 0.05, overMs: 500, percentile: 95 }],
  },
  starvation: {
    text: 'No starvation',
    source: 'test',
    rules: [
      {
        judge: 'never',
        of: 'task-wait',
        in: ['normal', 'burst'],
        floor: 100,
        what: 'a task waited over 30 s',
      },
      { judge: 'never', of: 'accepted', in: ['normal'], floor: 10, what: 'a task never ended' },
    ],
  },
  fairness: {
    text: 'Gini < 0.2',
    source: 'test',
    rules: [{ judge: 'gini', of: 'tasks', in: ['normal'], under: 0.2, perUnit: 20 }],
  },
  recovery: {
    text: 'Recovery < 60 s',
    source: 'test',
    rules: [{ judge: 'recovery', of: ['queue-length'], after: 'burst', withinSeconds: 60 }],
  },
} satisfies Record<string, Criterion>

/** So many observations over 60 s, `bad` of them spread evenly from the first second on. */
export function counts(n: number, bad: number): Counts {
  const blocks: Record<string, [number, number]> = {}
  for (let second = 0; second < 60; second++) blocks[begin + second] = [0, 0]
  const place = (index: number): [number, number] => blocks[begin + (index % 60)] ?? [0, 0]
  for (let index = 0; index < n; index++) place(index)[0]++
  for (let index = 0; index < bad; index++) place(index * 7)[1]++
  return { type: 'counts', n, bad, blocks }
}

export const unitsOf = (quantities: number[]): RunEvidence['rules'][string] => ({
  type: 'units',
  units: Object.fromEntries(
    quantities.map((quantity, index) => [`worker-${index}`, { quantity, capacity: 1 }]),
  ),
})

/** Evidence of a run in which every criterion above holds. */
export function healthy(): RunEvidence {
  return {
    schema: 2,
    run: 'run-1',
    shard: 1,
    of: 1,
    scenario: 'baseline',
    system: 'shop',
    case: 'shop/S1',
    profile: 'smoke',
    seed: 1,
    plan: 'digest',
    complete: true,
    started: begin * 1000 - 5000,
    ended: begin * 1000 + 100_000,
    phases: [
      { name: 'steady', kind: 'normal', start: begin * 1000, end: begin * 1000 + 60_000 },
      { name: 'surge', kind: 'burst', start: begin * 1000 + 60_000, end: begin * 1000 + 64_000 },
    ],
    rules: {
      errors: counts(5000, 0),
      latency: counts(5000, 20),
      starvation: counts(1500, 0),
      'starvation#1': counts(1500, 0),
      fairness: unitsOf([150, 140, 160, 155, 145, 150, 149, 151, 150, 150]),
      recovery: {
        type: 'event',
        from: begin * 1000 + 64_000,
        at: begin * 1000 + 84_000,
        watchedUntil: begin * 1000 + 84_000,
      },
    },
    generator: {
      planned: 5000,
      started: 5000,
      dropped: 0,
      lag: { n: 1200, over: 2, p99Ms: 6 },
      cpu: { cores: 0.6, waitShare: 0.1 },
      exceptions: 0,
    },
    steps: [{ step: 'submit', requests: 5000, failed: 0, refused: 0, p50: 10, p95: 40, p99: 80, max: 120 }],
    bad: [],
  }
}

/** The same as one k6 process writes it. */
export function counted(): ProcessEvidence {
  const { phases: _, bad: __, byPhase: ___, ...evidence } = healthy()
  return { ...evidence, byPhase: [] }
}

/** What processes counted, as the evidence of a whole run of which nobody told anything more. */
export function completed({ byPhase: _, ...evidence }: ProcessEvidence): RunEvidence {
  const { phases, bad } = healthy()
  return { ...evidence, phases, bad }
}

/** All processes of a run together. */
export function merged(parts: readonly ProcessEvidence[]): {
  evidence: RunEvidence
  reasons: string[]
  late: string[]
} {
  const merge = parts.map(mergeOf).reduce(join)
  return { evidence: completed(merge.evidence), reasons: mergeReasons(merge), late: lateReasons(merge) }
}

export const inputOf = (evidence: RunEvidence, other: Partial<JudgeInput> = {}): JudgeInput => ({
  claimed: criteria,
  required: ['errors'],
  notClaimed: [],
  evidence,
  mergeReasons: [],
  partial: false,
  unit: 'workers',
  target: 'testbed',
  leftovers: [],
  repeat: './assay run',
  ...other,
})
