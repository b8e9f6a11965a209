// How the keeper starts a Node service of a testbed, as far as all of them are the same.
import { join } from 'node:path'
import type { ServiceSpec } from '../../keeper/service.ts'

/**
 * Garbage is collected often and in small amounts, so that memory which stays shows within minutes. Less than this
 * costs processor time, more lets a young heap rise and fall by tens of megabytes.
 */
const nodeFlags = ['--max-semi-space-size=2']

/** @param program below `programsDir`, without its ending: "shop/programs/till" */
export const nodeService = (name: string, program: string, url: string, programsDir: string) =>
  ({
    name,
    command: process.execPath,
    args: [...nodeFlags, join(programsDir, `${program}.js`)],
    cwd: programsDir,
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
    ready: { url: `${url}/health/ready` },
    metricsUrl: `${url}/metrics`,
  }) satisfies Omit<ServiceSpec, 'env'>

/** An address on loopback. */
export const local = (port: number): string => `http://127.0.0.1:${port}`
