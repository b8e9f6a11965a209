// Data that a system's runs are made with, such as synthetic claims: files that its command writes, and that a run makes when it
// needs them.
import type { Settings, SystemVariables } from '../input/settings.ts'

/** What the making of a file needs that only Node has. */
export interface Tools {
  /** In hexadecimal digits. */
  md5: (text: string) => string
}

export interface DataFile {
  /** Below the work folder; or absolute. */
  path: string
  /** Makes its text; null for a file of somebody's own, which has to be there. */
  make: ((tools: Tools) => string) | null
  /** Whether a file that is there was made by an older version of `make`. */
  isStale: (text: string) => boolean
  /** @throws Error that says what is wrong with it */
  check: (text: string) => void
  /** What there is to say of it, in lines for people. */
  about: (text: string) => string[]
}

/** The default export of systems/<system>/data/files.ts. */
export interface SystemData {
  /** Of the command that writes them. */
  variables: SystemVariables
  /** What the command writes. @param settings its variables, as far as they were given */
  files: (settings: Settings) => DataFile[]
  /** What a run reads. @param settings the system's own variables, as far as they were given */
  ofRun: (settings: Settings) => DataFile[]
}
