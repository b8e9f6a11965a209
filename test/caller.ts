// A virtual user outside k6: as much of one as sending requests needs.
import type { Caller } from '../lib/drive/call.ts'
import type { Phase } from '../lib/drive/record.ts'

/** Its phase may change meanwhile; of its data nothing is judged or told, where the test says nothing else. */
export const callerOf = (phase: () => Phase, data: object = {}): Caller =>
  ({
    data: { groups: {}, rates: {}, agreements: {}, checks: {}, tallies: [], record: false, ...data },
    name: 'run-place-0',
    baseUrl: 'http://127.0.0.1:1',
    phase,
    kindNow: () => phase().kind,
    lagMs: 0,
    requests: 0,
    tallies: null,
  }) as unknown as Caller
