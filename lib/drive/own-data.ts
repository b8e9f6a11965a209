// What setup() hands over, as objects of a virtual user's own: of each part a copy, made when it is read for the first time.
import type { RunData } from './actor.ts'

/** How many levels below a part are copied one by one, too; most parts are small, or read as a whole. */
const levelsBelow: Record<string, number> = { checks: 2 }

/**
 * k6 hands over Go values, of which every look makes a new wrapper, so that copies are needed; but a copy of everything in each
 * virtual user would take as much memory as its actor, which reads little of it. Parts cannot be enumerated before they are read.
 */
export const ownData = (given: RunData): RunData => onDemand(given, (name) => levelsBelow[name] ?? 0)

function onDemand<T extends object>(given: T, levelsOf: (name: string) => number): T {
  const source = new Proxy(
    {},
    {
      get(_, name, reader: object): unknown {
        const value: unknown = Reflect.get(given, name)
        if (value === undefined) return undefined
        const own = ownOf(value, levelsOf(String(name)))
        Object.defineProperty(reader, name, { value: own })
        return own
      },
    },
  )
  // An object finds its own properties first, and asks its prototype for those that it does not have yet.
  return Object.create(source) as T
}

function ownOf(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  return levels > 0 ? onDemand(value, () => levels - 1) : JSON.parse(JSON.stringify(value))
}
