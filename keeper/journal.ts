// What a keeper leaves behind if it dies: written and synced before a process counts as started, so that the next keeper
// (or the doctor) can end it and remove its folders.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { ProcessIdentity } from './processes.ts'
import { faultFields, IsolationSpec } from './requests.ts'

const Identity = { pid: Type.Integer({ minimum: 1 }), startTime: Type.String() }
/** All that it takes to end a fault; no secrets. */
const FaultLine = Type.Object({
  ...faultFields,
  before: Type.Optional(Type.Record(Type.String(), Type.String())),
})
const Line = Type.Union([
  Type.Object({ kind: Type.Literal('keeper'), id: Type.String(), pidSpace: Type.String(), ...Identity }),
  Type.Object({
    kind: Type.Literal('started'),
    name: Type.String(),
    command: Type.String(),
    stopSignal: Type.Union([Type.Literal('SIGTERM'), Type.Literal('SIGINT')]),
    ...Identity,
  }),
  Type.Object({ kind: Type.Literal('over'), name: Type.String(), ...Identity }),
  Type.Object({ kind: Type.Literal('folder'), path: Type.String() }),
  Type.Object({ kind: Type.Literal('isolation'), isolation: IsolationSpec }),
  Type.Object({ kind: Type.Literal('fault'), spec: FaultLine }),
  Type.Object({ kind: Type.Literal('cleared'), id: Type.String() }),
])
export type JournalLine = Static<typeof Line>

export const journalFile = 'journal.ndjson'

/** The journal of a living keeper. Every write is on the disk when the call returns, or throws. */
export class Journal {
  readonly #file: number

  constructor(folder: string) {
    this.#file = openSync(path.join(folder, journalFile), 'a', 0o600)
  }

  write(line: JournalLine): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
    fsyncSync(this.#file)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** A process that the journal says was started and not that it ended. */
export interface JournalledService extends ProcessIdentity {
  name: string
  command: string
  stopSignal: 'SIGTERM' | 'SIGINT'
}

export interface JournalContent {
  keeper: (ProcessIdentity & { id: string; pidSpace: string }) | null
  /** In start order. */
  services: JournalledService[]
  folders: string[]
  isolations: IsolationSpec[]
  /** Injected, and not known to have been ended. */
  faults: Static<typeof FaultLine>[]
  /** Lines that say nothing valid: the last write of a keeper that died in it, or damage. */
  unreadable: number
}

/** Reads what the journal of one keeper folder says; null when there is none. */
export function readJournal(folder: string): JournalContent | null {
  let text: string
  try {
    text = readFileSync(path.join(folder, journalFile), 'utf8')
  } catch {
    return null
  }
  const content: JournalContent = {
    keeper: null,
    services: [],
    folders: [],
    isolations: [],
    faults: [],
    unreadable: 0,
  }
  for (const one of text.split('\n')) {
    if (one === '') continue
    const line = parse(one)
    if (line === null) content.unreadable += 1
    else if (line.kind === 'keeper') content.keeper = line
    else if (line.kind === 'started') content.services.push(line)
    else if (line.kind === 'folder') content.folders.push(line.path)
    else if (line.kind === 'isolation') content.isolations.push(line.isolation)
    else if (line.kind === 'fault') content.faults.push(line.spec)
    else if (line.kind === 'cleared') content.faults = content.faults.filter(({ id }) => id !== line.id)
    else
      content.services = content.services.filter(
        ({ pid, startTime }) => pid !== line.pid || startTime !== line.startTime,
      )
  }
  return content
}

function parse(text: string): JournalLine | null {
  try {
    const line: unknown = JSON.parse(text)
    return Value.Check(Line, line) ? line : null
  } catch {
    return null
  }
}
