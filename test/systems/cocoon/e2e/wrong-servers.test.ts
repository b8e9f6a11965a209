// What is wrong and only the target can show: none of it is its failure, and none of it is a success. What is refused before
// anything is sent is in unit/wrong-configurations.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { assay, freshRunId } from '../../../assay.ts'
import { sameAnswer } from '../../../instrument/same-answer.ts'

const runAt = (baseUrl: string, more: string[] = []) =>
  assay([
    'run',
    'SYSTEM=cocoon',
    'PROFILE=kill',
    `RUN=${freshRunId('wrong')}`,
    `BASE_URL=${baseUrl}`,
    ...more,
  ])

describe('what only the target can show is never PASS or FAIL', () => {
  test.for([
    ['a token that is not the right one', 401, {}],
    ['a token without the right', 403, {}],
    ['a path that is not there', 404, {}],
    ['a web site', 301, { location: '/' }],
    ['a server that says 200 to everything', 200, {}],
  ] as const)('%s: UNDECIDED (2), and no load', async ([, status, headers], { onTestFinished }) => {
    const baseUrl = await sameAnswer(onTestFinished, status, headers)
    const { exitCode, output } = await runAt(baseUrl)
    expect(output.replace(/\s+/g, ' ')).toContain('no load was sent: the target does not do what')
    expect(exitCode).toBe(2)
  })

  test('https where there is none: INVALID (3)', async ({ onTestFinished }) => {
    const baseUrl = await sameAnswer(onTestFinished, 200)
    const { exitCode, output } = await runAt(baseUrl.replace('http:', 'https:'))
    expect(output.replace(/\s+/g, ' ')).toMatch(/cannot be reached: .*(tls|HTTPS)/)
    expect(exitCode).toBe(3)
  })

  test.for([
    ['an endpoint that nobody asks for', { endpoints: { chian: 'http://127.0.0.1:9' } }, 'endpoints.chian'],
    ['an adapter that is not there', { adapter: 'no-such' }, 'no-such'],
  ] as const)('%s is told by k6 before anything is sent: 64', async ([, wrong, said], { onTestFinished }) => {
    const baseUrl = await sameAnswer(onTestFinished, 500)
    const folder = await mkdtemp(path.join(tmpdir(), 'assay-wrong-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await writeFile(path.join(folder, 'target.json'), JSON.stringify({ baseUrl, ...wrong }))
    const { exitCode, output } = await runAt(baseUrl, [`TARGET=${path.join(folder, 'target.json')}`])
    expect(output).toContain(said)
    expect(exitCode).toBe(64)
  })
})
