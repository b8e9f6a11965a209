// How long functions get.
import { parseSync, Visitor } from 'oxc-parser'
import type { ProjectFiles } from './project-files.ts'

/** Tests are lists of cases, which are read one at a time. */
const counted = /^(?!test\/).*(?<!\.d)\.(ts|mjs)$/
const mostLines = 60

interface Stretch {
  first: number
  last: number
  name: string
}

/** One line for each function with more lines of its own; functions inside of it count for themselves. */
export const longFunctions = (files: ProjectFiles): string[] =>
  [...files]
    .filter(([file]) => counted.test(file))
    .flatMap(([file, text]) => {
      const functions = functionsOf(file, text)
      return functions
        .map((one) => ({ one, lines: ownLines(one, functions) }))
        .filter(({ lines }) => lines > mostLines)
        .map(
          ({ one: { first, name }, lines }) =>
            `${file}:${first} ${name} has ${lines} lines of its own, more than ${mostLines}`,
        )
    })

function functionsOf(file: string, text: string): Stretch[] {
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length
  const found: Stretch[] = []
  const add = (node: { start: number; end: number; id?: { name: string } | null }): void => {
    found.push({ first: lineAt(node.start), last: lineAt(node.end), name: node.id?.name ?? 'a function' })
  }
  new Visitor({
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  }).visit(parseSync(file, text).program)
  return found
}

/** The line in which an inner function begins is the outer one's, too. */
function ownLines({ first, last }: Stretch, all: Stretch[]): number {
  const inner = new Set<number>()
  for (const other of all) {
    const isInside = other.first >= first && other.last <= last
    if (!isInside || (other.first === first && other.last === last)) continue
    for (let line = other.first + 1; line <= other.last; line++) inner.add(line)
  }
  return last - first + 1 - inner.size
}
