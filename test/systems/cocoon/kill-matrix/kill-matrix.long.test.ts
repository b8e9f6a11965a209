// Every planted defect is caught by every criterion that it names.
import { beforeAll, expect, test } from 'vitest'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import { expectCaught, plant, type Planted } from './planting.ts'

const names = Object.keys(defects)
const pairs = Object.entries(defects).flatMap(([name, { criterion }]) =>
  [criterion].flat().map((id): [string, string] => [name, id]),
)
const mostMs = names.length * 10 * 60 * 1000

let planting: Planted
beforeAll(async () => {
  planting = await plant(names, mostMs)
}, 1.1 * mostMs)

test('every defect was planted', () => {
  expect([...new Set(planting.rows.map(({ name }) => name))].sort()).toEqual([...names].sort())
})

test.for(pairs)('%s is caught by %s', ([name, criterion], context) =>
  expectCaught(context, planting, name, criterion),
)
