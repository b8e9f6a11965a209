// A service that verifies claims, with a cache: its names, its criteria, and its cases.
import { systemOf } from '../../lib/plan/system.ts'
import { truthsyncExpectations } from '../../thresholds/truthsync-expectations.ts'
import { truthsync } from '../../thresholds/truthsync.ts'
import { cases } from './cases/index.ts'
import { names, type Names } from './names.ts'
import { variables } from './variables.ts'

export const system = systemOf<Names, object>({
  unit: 'requests/s',
  // One in eleven is a batch of 55 texts, each of which is drawn, sent, read and held against its answer: docs/truthsync.md.
  requestsPerCore: 1_000,
  names,
  criteria: truthsync,
  expectations: truthsyncExpectations,
  cases,
  credentials: {},
  variables,
})
