// What names may be made of. Nearly everything in a run is found by its name, and some names are joined to others, so each
// kind of name has a closed set of characters, and whatever joins names is none of them. Pure, and imports nothing.

/** Phases, actors, steps, observations, parts of a target: whatever has a plain name. */
const plain = /^[a-z0-9-]+$/
/** Such as allocation.latency-normal. Its evidence is kept under the id, "#" and a number: see ruleKey(). */
const criterionId = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/
/** Such as shop/S1. */
const caseId = /^[a-z0-9-]+\/[A-Z0-9]+$/
/** A user's own script has no system and names its criteria more freely. */
const scriptId = /^[\w.-]+$/

/** Whether every plain object has a member of this name, so that a look-up would find it without an entry. */
const isInherited = (name: string): boolean => name in Object.prototype

function check(what: string, name: string, pattern: RegExp, expected: string): void {
  if (!pattern.test(name)) throw new Error(`${what} "${name}": ${expected}; rename it`)
  if (isInherited(name)) throw new Error(`${what} "${name}": JavaScript itself uses this name; give another`)
}

/** @param what what is named, for the error @throws Error for a name that is not made of [a-z0-9-]+ */
export const checkName = (what: string, name: string): void =>
  check(what, name, plain, 'a name is made of small letters, digits and dashes ([a-z0-9-]+)')

/** @throws Error for an id that is not made of names and dots, such as allocation.latency-normal */
export const checkCriterionId = (id: string): void =>
  check('criterion', id, criterionId, 'an id is made of names with dots between them, each of [a-z0-9-]+')

/** @throws Error for an id that is not such as shop/S1, or that names another system */
export function checkCaseId(id: string, system: string): void {
  const expected = "an id is the system's name, a slash, and capital letters and digits, such as shop/S1"
  check('case', id, caseId, expected)
  if (id.slice(0, id.indexOf('/')) !== system)
    throw new Error(`case "${id}": it belongs to the system "${system}", whose name comes first; rename it`)
}

/** @throws Error for an id of a criterion in a user's own script that is not made of [A-Za-z0-9_.-]+ */
export const checkScriptId = (id: string): void =>
  check('criterion', id, scriptId, 'expected letters, digits, dot, dash and underscore')

/** @param what what is named, in the plural @throws Error that says which two have the same name */
export function checkDistinct(what: string, names: readonly string[]): void {
  const places = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    const first = places.get(name)
    if (first !== undefined)
      throw new Error(
        `${what} ${first + 1} and ${index + 1} are both named "${name}"; give one of them another name`,
      )
    places.set(name, index)
  }
}

/** What the keeper calls the k6 process of this number (from 1) of so many. */
export const generatorName = (index: number, of: number): string => (of === 1 ? 'k6' : `k6-${index}`)

/** Whether a process of this name is one of the run's k6 processes, and no service of the system. */
export const isGenerator = (name: string): boolean => /^k6(-[1-9]\d*)?$/.test(name)
