import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openapiText } from '../../../../testbed/cocoon/openapi-text.ts'
import { inPackage } from '../../../../scripts/project.ts'

interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}
interface Operation {
  operationId: string
  security: unknown[]
  parameters?: { name: string; in: string; required?: boolean }[]
  responses: Record<
    string,
    { headers?: Record<string, unknown>; content?: Record<string, { schema: { $ref?: string } }> }
  >
}

test('the committed copy is what the services publish', async () => {
  const committed = await readFile(inPackage('systems/cocoon/openapi.json'), 'utf8')
  expect(
    committed,
    'renew it with: node dist/node/testbed/cocoon/programs/openapi.js > systems/cocoon/openapi.json',
  ).toBe(await openapiText())
})

test('the document is complete enough to write a pool against', async () => {
  const { paths, components } = JSON.parse(await openapiText()) as Document
  expect(
    Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
      .sort(),
  ).toEqual([
    'delete /api/v1/workers/{worker_id}',
    'get /api/v1/accounts/{account}',
    'get /api/v1/ledger/summary',
    'get /api/v1/payouts/by-key/{key}',
    'get /api/v1/pool/dashboard',
    'get /api/v1/pool/stats',
    'get /api/v1/runs/{run}',
    'get /api/v1/tasks/by-key/{key}',
    'get /dashboard',
    'get /health/live',
    'get /health/ready',
    'post /api/v1/payouts',
    'post /api/v1/tasks',
    'post /api/v1/tasks/{task_id}/result',
    'post /api/v1/testbed/history',
    'post /api/v1/workers',
    'post /api/v1/workers/{worker_id}/heartbeat',
    'post /api/v1/workers/{worker_id}/poll',
  ])
  const submit = paths['/api/v1/tasks']?.['post'] as Operation
  expect(submit.security).toEqual([{ clientToken: [] }])
  expect(submit.parameters).toContainEqual(
    expect.objectContaining({ name: 'idempotency-key', in: 'header', required: true }),
  )
  expect(Object.keys(submit.responses).sort()).toEqual([
    '200',
    '201',
    '400',
    '401',
    '403',
    '409',
    '429',
    '500',
    '503',
  ])
  for (const status of ['429', '503']) expect(submit.responses[status]?.headers).toHaveProperty('retry-after')
  for (const response of Object.values(submit.responses))
    expect(response.headers).toHaveProperty('x-correlation-id')
  expect(submit.responses['201']?.content?.['application/json']?.schema.$ref).toBe(
    '#/components/schemas/Task',
  )
  expect(components.schemas).toHaveProperty('ErrorAnswer')
})
