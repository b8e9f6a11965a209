// The pool's contract: what any GPU pool must offer so that Assay can judge it. What each field means stands in its schema, and
// so in openapi.json, which the testbed publishes; what each path does is in the testbed's routes. The k6 side imports only
// the types, so that no virtual user pays for a schema it never evaluates.
export * from './contract/errors.ts'
export * from './contract/payments.ts'
export * from './contract/pool.ts'
export * from './contract/tasks.ts'
export * from './contract/workers.ts'
