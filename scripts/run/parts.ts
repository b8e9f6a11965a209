// The k6 processes of one run: shards share its load, epochs follow each other in time. What each is called, is told,
// and when it has to be started.
import path from 'node:path'
import { epochPlan } from '../../lib/plan/epochs.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { generatorName } from '../../verdict/names.ts'
import type { Source } from '../evidence/events.ts'

/** One k6 process. Its evidence counts as shard `index` of `of`. */
export interface Part {
  /** The keeper's name for it, which is also that of its log and its resources. */
  name: string
  /** From 1, in the order of start. */
  index: number
  of: number
  /** From 1, with how many there are. */
  epoch: number
  epochs: number
  shard: number
  shards: number
  /** Its own T0, in seconds after that of the run. */
  startSeconds: number
  /** How long before its T0 it has to be started, in ms; 0 when it is alone and begins as soon as it can. */
  leadMs: number
}

/** What one part writes, below the run's folder. */
export interface PartFiles {
  evidence: string
  events: string
  record: string
  page: string
  log: string
}

/**
 * A k6 process needs this long before it can begin: to start and to read its bundle, and for each virtual user that it
 * makes ready. About twice of what was measured on two busy cores, for parts of up to ten thousand virtual users together:
 * shards that start together share the cores, and a later epoch starts beside the load of the one before.
 */
const [startMs, perVirtualUserMs] = [4000, 3]
/** The first process asks one request of each kind before the load begins. */
const preflightMs = 3000

/** The processes of a run, those of an epoch one after the other. */
export function partsOf(plan: Plan, shards: number): Part[] {
  const epochs = plan.epochs.length
  const of = epochs * shards
  return plan.epochs.flatMap(({ start }, before) => {
    const epoch = before + 1
    const leadMs = of === 1 ? 0 : leadOf(epochPlan(plan, epoch), epoch)
    return Array.from({ length: shards }, (_, place): Part => {
      const index = before * shards + place + 1
      const name = generatorName(index, of)
      return { name, index, of, epoch, epochs, shard: place + 1, shards, startSeconds: start, leadMs }
    })
  })
}

function leadOf({ residents, segments }: Plan, epoch: number): number {
  const ready =
    residents.reduce((sum, { virtualUsers }) => sum + virtualUsers, 0) +
    segments.reduce((sum, { virtualUsers }) => sum + virtualUsers.ready, 0)
  return startMs + perVirtualUserMs * ready + (epoch === 1 ? preflightMs : 0)
}

/** "shard 2 of 3", "epoch 4 of 6", "epoch 4 of 6, shard 2 of 3"; a part that is alone has no other name than k6's. */
export function partText({ name, epoch, epochs, shard, shards }: Part): string {
  const words = [
    ...(epochs > 1 ? [`epoch ${epoch} of ${epochs}`] : []),
    ...(shards > 1 ? [`shard ${shard} of ${shards}`] : []),
  ]
  return words.length === 0 ? name : words.join(', ')
}

/** k6's own arguments for a part's share of the virtual users and arrivals. */
export function segmentArguments({ shard, shards }: Part): string[] {
  if (shards === 1) return []
  const bound = (place: number): string => (place === 0 ? '0' : place === shards ? '1' : `${place}/${shards}`)
  const sequence = Array.from({ length: shards + 1 }, (_, place) => bound(place)).join(',')
  return [
    '--execution-segment',
    `${bound(shard - 1)}:${bound(shard)}`,
    '--execution-segment-sequence',
    sequence,
  ]
}

/** Variables that tell a process which part it is. `startAt`: Unix ms of T0 of the whole run. */
export function partEnvironment(part: Part, startAt: number): Record<string, string> {
  const { epoch, epochs, shard, shards, of, startSeconds } = part
  return {
    ...(epochs > 1 ? { EPOCH: String(epoch) } : {}),
    ...(shards > 1 ? { SHARD: String(shard), SHARDS: String(shards) } : {}),
    ...(of > 1 ? { START_AT: String(Math.round(startAt + startSeconds * 1000)) } : {}),
  }
}

/** Absolute paths. A run of one process has no numbers in its names. */
export function partFiles(runDir: string, { name, index, of }: Part): PartFiles {
  const numbered = (stem: string, ending: string): string =>
    path.join(runDir, of === 1 ? `${stem}.${ending}` : `${stem}-${index}.${ending}`)
  return {
    evidence: numbered('evidence', 'json'),
    events: numbered('events', 'ndjson'),
    record: numbered('k6-dashboard', 'ndjson'),
    page: numbered('k6-dashboard', 'html'),
    log: path.join(runDir, 'services', `${name}.log`),
  }
}

/** The consoles of all parts. Leftovers are those of an epoch together. */
export const consolesOf = (runDir: string, parts: readonly Part[]): Source[] =>
  parts.map((part) => ({ file: partFiles(runDir, part).events, label: `epoch ${part.epoch}` }))

/** Unix ms of T0 of the whole run when its first processes are started now. */
export const commonStart = (parts: Part[], now: number): number =>
  now + Math.max(...parts.filter(({ epoch }) => epoch === 1).map(({ leadMs }) => leadMs))

/** Unix ms at which a part has to be started. */
export const dueAt = ({ startSeconds, leadMs }: Part, startAt: number): number =>
  startAt + startSeconds * 1000 - leadMs
