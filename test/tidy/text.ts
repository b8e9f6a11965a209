// What no file may hold, and how files are named and how long they get.
import { basename } from 'node:path/posix'
import type { ProjectFiles } from './project-files.ts'

const generated = /(^|\/)(package-lock\.json|go\.sum|openapi\.json|LICENSE)$|^test\/fixtures\//
const program = /\.(ts|mts|mjs|go|css|html|sh)$/
/** A test file is a list of cases, read one at a time; it may be longer. */
const mostLines = (file: string): number => (file.startsWith('test/') ? 450 : 300)

/** Written apart, so that this file does not hold what it looks for. */
const unfinished = new RegExp(String.raw`\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\b`)
const machinePath = new RegExp(
  String.raw`(?<![\w.})\]/-])/(${['wo' + 'rk', 'ro' + 'ot', String.raw`home/[a-z][\w.-]*`, String.raw`Users/\w+`].join('|')})/`,
)
const registryHost = new RegExp(
  [
    String.raw`\bregistry\.[a-z0-9-]+\.[a-z]`,
    String.raw`\bproxy\.gol` + 'ang',
    String.raw`\bsum\.gol` + 'ang',
    String.raw`\b[a-z0-9.-]*(artif` + 'actory|nex' + String.raw`us)[a-z0-9-]*\.[a-z]`,
  ].join('|'),
  'i',
)
const banned: [pattern: RegExp, what: string][] = [
  [unfinished, 'a mark of unfinished work'],
  [machinePath, 'a path of one machine'],
  [registryHost, "a package registry's host"],
]

/** One line for each place with text that belongs to one machine or to unfinished work. */
export function bannedText(files: ProjectFiles): string[] {
  return [...files].flatMap(([file, text]) =>
    file.endsWith('.sum')
      ? []
      : text
          .split('\n')
          .flatMap((line, index) =>
            banned
              .filter(([pattern]) => pattern.test(line))
              .map(([, what]) => `${file}:${index + 1} holds ${what}: ${line.trim()}`),
          ),
  )
}

export function tooLong(files: ProjectFiles): string[] {
  return [...files]
    .filter(([file]) => program.test(file) && !generated.test(file))
    .map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }))
    .filter(({ file, lines }) => lines > mostLines(file))
    .map(({ file, lines }) => `${file} has ${lines} lines, more than ${mostLines(file)}`)
}

const vague = /^(utils?|utilities|common|helpers?|misc|shared)(\.|$)/
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*((\.long)?\.test|\.config|\.d)?\.(ts|mts|mjs)$/

export function badlyNamed(files: ProjectFiles): string[] {
  return [...files.keys()].flatMap((file) => {
    const wrong = file
      .split('/')
      .filter((part) => vague.test(part))
      .map((part) => `${file}: "${part}" says nothing about what is in it`)
    if (/\.(ts|mts|mjs)$/.test(file) && !kebab.test(basename(file)))
      wrong.push(`${file} is not in kebab-case`)
    return wrong
  })
}

/**
 * What may name a system besides its own folders: its line among the systems, what describes or deploys one, and the recorded
 * runs and reports that tests read. Tests may not: one that needs a system lies in test/systems/.
 */
const mayNameSystems =
  /^(test\/fixtures|docs|targets|deploy|\.github)\/|^systems\/(index|default)\.ts$|^(README|CONTRIBUTING)\.md$/

export const systemsIn = (files: ProjectFiles): string[] => [
  ...new Set([...files.keys()].flatMap((file) => /^systems\/([^/]+)\//.exec(file)?.slice(1) ?? [])),
]

/** Whether a file is one of those that go with a system. */
export const isOwn = (system: string, file: string): boolean =>
  new RegExp(`^(systems|testbed|thresholds|test/systems)/${system}(/|-|\\.)`).test(file)

/** One line for each place outside of a system's own folders that names it: the kit knows none. */
export function namesSystems(files: ProjectFiles): string[] {
  return systemsIn(files).flatMap((system) => {
    const name = new RegExp(`\\b${system}\\b`)
    return [...files]
      .filter(([file]) => !isOwn(system, file) && !mayNameSystems.test(file))
      .flatMap(([file, text]) =>
        text
          .split('\n')
          .flatMap((line, index) =>
            name.test(line) ? [`${file}:${index + 1} names the system ${system}: ${line.trim()}`] : [],
          ),
      )
  })
}
