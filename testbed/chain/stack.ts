// The stack of a get method in the form of API v2: what is given to it and what it answers.
import { Cell, type TupleItem } from '@ton/core'

type Form = object

/** @throws Error when it is not a list of [type, value] of the known types. */
export function readStack(given: unknown): TupleItem[] {
  if (!Array.isArray(given)) throw new Error('stack must be a list of [type, value]')
  return given.map((entry: unknown) => {
    const [type, value] = Array.isArray(entry) ? (entry as unknown[]) : []
    if (type === 'num' && (typeof value === 'string' || typeof value === 'number')) return readNumber(value)
    if (typeof value !== 'string') throw new Error('an entry of the stack must be [type, value]')
    const cell = Cell.fromBase64(value)
    if (type === 'tvm.Cell') return { type: 'cell', cell }
    if (type === 'tvm.Slice') return { type: 'slice', cell }
    if (type === 'tvm.Builder') return { type: 'builder', cell }
    throw new Error('the type of a stack entry must be num, tvm.Cell, tvm.Slice or tvm.Builder')
  })
}

/** Decimal, or hexadecimal with 0x; BigInt itself knows no negative hexadecimal numbers. */
function readNumber(value: string | number): TupleItem {
  const text = String(value)
  return { type: 'int', value: text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text) }
}

const bytes = (cell: Cell) => ({ bytes: cell.toBoc().toString('base64') })

/** An entry of the stack itself. */
export function stackForm(item: TupleItem): [string, string | Form] {
  if (item.type === 'int') {
    const isNegative = item.value < 0n
    return ['num', `${isNegative ? '-' : ''}0x${(isNegative ? -item.value : item.value).toString(16)}`]
  }
  if (item.type === 'nan') return ['num', 'NaN']
  if (item.type === 'null') return ['list', { '@type': 'tvm.list', elements: [] }]
  if (item.type === 'tuple') return ['tuple', { '@type': 'tvm.tuple', elements: item.items.map(entryForm) }]
  return [item.type, bytes(item.cell)]
}

/** An entry inside a tuple. */
function entryForm(item: TupleItem): Form {
  if (item.type === 'int' || item.type === 'nan') {
    const number = item.type === 'int' ? String(item.value) : 'NaN'
    return { '@type': 'tvm.stackEntryNumber', number: { '@type': 'tvm.numberDecimal', number } }
  }
  if (item.type === 'null')
    return { '@type': 'tvm.stackEntryList', list: { '@type': 'tvm.list', elements: [] } }
  if (item.type === 'tuple') {
    const tuple = { '@type': 'tvm.tuple', elements: item.items.map(entryForm) }
    return { '@type': 'tvm.stackEntryTuple', tuple }
  }
  if (item.type === 'slice')
    return { '@type': 'tvm.stackEntrySlice', slice: { '@type': 'tvm.slice', ...bytes(item.cell) } }
  return { '@type': 'tvm.stackEntryCell', cell: { '@type': 'tvm.cell', ...bytes(item.cell) } }
}
