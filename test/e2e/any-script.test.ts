// dist/assay.js in a k6 script of anybody's: the very example of docs/any-script.md, on our k6 and on stock k6 v2.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBinary } from '../../scripts/build/binaries.ts'
import type { BinaryName } from '../../scripts/build/binaries.ts'
import { projectRoot } from '../assay.ts'

/** k6's own exit codes. */
const [thresholdCrossed, threw, aborted] = [99, 107, 108]
const binaries: BinaryName[] = ['k6', 'k6-v2']
/** Stock k6 is built for tests alone, from nothing on a new machine. */
const buildTimeOutMs = 15 * 60_000
/** k6's longest graceful stop is cut by the scripts here, so that a run takes seconds. */
const runTimeOutMs = 60_000

const example = path.join(projectRoot, 'docs/any-script.js')
const library = path.join(projectRoot, 'dist/assay.js')

/** How long the slow answer takes, and the limit that it breaks. */
const [slowMs, limitMs] = [30, 20]

/** Answers by path: /ok/checkout is well, /error/checkout fails at once, /mute/checkout never answers. */
const answers: Record<string, (response: ServerResponse) => void> = {
  ok: (response) => void response.writeHead(200).end('{"order":1}'),
  error: (response) => void response.writeHead(500).end('{}'),
  empty: (response) => void response.writeHead(200).end(),
  slow: (response) => void setTimeout(() => response.writeHead(200).end('{"order":1}'), slowMs),
  mute: () => undefined,
}
const server = createServer((request, response) => {
  request.resume()
  answers[request.url?.split('/')[1] ?? '']?.(response)
})
let baseUrl = ''
let folder = ''
let source = ''
beforeAll(async () => {
  for (const binary of binaries) await ensureBinary(binary)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = await mkdtemp(path.join(tmpdir(), 'assay-any-script-'))
  source = await readFile(example, 'utf8')
}, buildTimeOutMs)
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

interface Ran {
  exitCode: number | undefined
  output: string
  verdict: {
    verdict: string
    line: string
    reasons: string[]
    criteria: { id: string; status: string; reason: string; samples: number }[]
  }
}

async function k6(binary: BinaryName, script: string, url: string, ...args: string[]): Promise<Ran> {
  const file = path.join(folder, `${binary}-verdict.json`)
  // One that was there before says nothing of this run.
  await writeFile(file, '{"verdict":"PASS"}')
  const result = await execa(
    await ensureBinary(binary),
    ['run', '--quiet', '--no-color', '-e', `BASE_URL=${url}`, '-e', `VERDICT=${file}`, ...args, script],
    {
      reject: false,
      all: true,
      timeout: runTimeOutMs,
      env: { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
    },
  )
  const verdict = JSON.parse(await readFile(file, 'utf8')) as Ran['verdict']
  return { exitCode: result.exitCode, output: result.all ?? '', verdict }
}

/** The example with some of its text replaced; the path of the new script. */
async function changed(name: string, ...replacements: [text: string, by: string][]): Promise<string> {
  let text = source.replace('../dist/assay.js', library)
  for (const [old, by] of replacements) {
    expect(text).toContain(old)
    text = text.replace(old, by)
  }
  const file = path.join(folder, `${name}.js`)
  await writeFile(file, text)
  return file
}

const statuses = ({ verdict }: Ran): Record<string, string> =>
  Object.fromEntries(verdict.criteria.map(({ id, status }) => [id, status]))
const both = (status: string) => ({ 'checkout.latency': status, 'checkout.errors': status })

test('the page shows the example', async () => {
  const page = await readFile(path.join(projectRoot, 'docs/any-script.md'), 'utf8')
  expect(page).toContain(`\`\`\`js\n${source}\`\`\`\n`)
})

test('the library is one file, which asks for no map, and its types', async () => {
  const text = await readFile(library, 'utf8')
  expect(text).not.toContain('sourceMappingURL')
  expect(await readFile(library.replace('.js', '.d.ts'), 'utf8')).toBe(
    await readFile(path.join(projectRoot, 'lib/any-script/assay.d.ts'), 'utf8'),
  )
  const imports = text.matchAll(/(?:from|import|require\()\s*"([^"]+)"/g)
  expect([...new Set([...imports].map(([, name]) => name))].sort()).toEqual(['k6/execution', 'k6/metrics'])
})

describe.each(binaries)('the example on %s', (binary) => {
  test('passes an honest server, and shows the bounds', async () => {
    const ran = await k6(binary, example, `${baseUrl}/ok`)
    expect(ran.output).toContain('PASS      checkout.latency: P95 of checkout < 300 ms')
    expect(ran.output).toContain('0 % failed (0 of 1,000); at most 0.2991 %, allowed 1 %')
    expect(ran.output).toContain('verdict: PASS 2 of 2')
    expect(statuses(ran)).toEqual(both('PASS'))
    expect(ran.exitCode).toBe(0)
  })

  test('fails a server that answers only errors, fast, by both criteria', async () => {
    const ran = await k6(binary, example, `${baseUrl}/error`)
    expect(ran.output).toContain('100 % over 300 ms or failed (1,000 of 1,000)')
    expect(ran.output).toMatch(
      /assay_margin\{rule:checkout\.errors\}.*assay_margin\{rule:checkout\.latency\}/,
    )
    expect(statuses(ran)).toEqual(both('FAIL'))
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('fails where nothing listens', async () => {
    const ran = await k6(binary, example, 'http://127.0.0.1:9')
    expect(ran.output).toContain('connection refused')
    expect(statuses(ran)).toEqual(both('FAIL'))
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('ends where its options lack the thresholds and nothing is ever measured', async () => {
    const script = await changed(
      `${binary}-never`,
      [', thresholds }', ' }'],
      ['() => measure', "() => { throw new Error('before') }; export const never = () => measure"],
    )
    const ran = await k6(binary, script, `${baseUrl}/ok`)
    expect(ran.output).toContain('the options hold no threshold for checkout.latency')
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.exitCode).toBe(aborted)
  })

  test('judges the same by the new form of the summary, with a setup and a teardown that end well', async () => {
    const ends = 'export function setup() {}\nexport function teardown() {}\nexport {'
    const script = await changed(`${binary}-form`, ['export {', ends])
    const ran = await k6(binary, script, `${baseUrl}/ok`, '--new-machine-readable-summary')
    expect(ran.output).toContain('0 % failed (0 of 1,000); at most 0.2991 %, allowed 1 %')
    expect([ran.exitCode, ran.verdict.line]).toEqual([0, 'PASS 2 of 2'])
  })

  test('is undecided without thresholds, and says so', async () => {
    const form = '--new-machine-readable-summary'
    const ran = await k6(binary, example, `${baseUrl}/error`, '--no-thresholds', form)
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.output).toContain("thresholds were off; k6's exit code says nothing")
    expect(ran.verdict.reasons).toEqual(["thresholds were off; k6's exit code says nothing"])
    expect(ran.exitCode).toBe(0)
  })

  test('is undecided where it ends the run itself', async () => {
    const script = await changed(
      `${binary}-abort`,
      ["import http from 'k6/http'", "import http from 'k6/http'\nimport exec from 'k6/execution'"],
      ['iterations: 1000', "duration: '30s'"],
      ['/checkout`))', "/checkout`)) && exec.scenario.iterationInTest > 1000 && exec.test.abort('enough')"],
    )
    const ran = await k6(binary, script, `${baseUrl}/ok`)
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.output).toMatch(/the run was ended early: after \d+\.\d s of 30\.0 s/)
    expect(ran.exitCode).toBe(aborted)
  })

  test('is undecided where its teardown throws', async () => {
    const teardown = "export function teardown() { throw new Error('down') }\nexport {"
    const ran = await k6(binary, await changed(`${binary}-teardown`, ['export {', teardown]), `${baseUrl}/ok`)
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.output).toContain('setup() or teardown() did not come to its end')
    expect(ran.exitCode).toBe(threw)
  })

  test('names what of its own is red, and shows what k6 counted', async () => {
    const script = await changed(
      `${binary}-own`,
      ["import http from 'k6/http'", "import http from 'k6/http'\nimport { check } from 'k6'"],
      [', thresholds }', ", thresholds: { ...thresholds, checks: ['rate>0.9'] } }"],
      ['() => measure(', '() => check(measure('],
      ['/checkout`))', "/checkout`)), { 'is odd': () => false, 'is even': () => true })"],
    )
    const ran = await k6(binary, script, `${baseUrl}/ok`)
    const red = 'the script\'s own threshold "rate>0.9" on checks is crossed (was 0.5)'
    expect(statuses(ran)).toEqual(both('PASS'))
    expect(ran.output).toContain('verdict: UNDECIDED 0 of 2; crossed in k6: checks rate>0.9')
    expect(ran.output).toContain(red)
    expect(ran.verdict.reasons).toEqual([expect.stringContaining(red)])
    expect(ran.output).toMatch(/✗ is odd: 0 of 1000\n +✓ is even: 1000 of 1000/)
    expect(ran.output).toMatch(/checks \.+: 50% {2}1000 of 2000\n +✗ rate>0\.9/)
    expect(ran.output).toMatch(/http_req_duration \.+: avg=.* min=.* med=.* max=.* p\(90\)=.* p\(95\)=/)
    expect(ran.exitCode).toBe(thresholdCrossed)
  })
})

/** What needs nothing of k6 that its versions have in another way. */
describe('the example', () => {
  test('is red where too little was measured', async () => {
    const ran = await k6('k6', example, `${baseUrl}/ok`, '--iterations', '100')
    // Enough for one criterion, not for the other.
    expect(statuses(ran)).toEqual({ 'checkout.latency': 'PASS', 'checkout.errors': 'UNDECIDED' })
    expect(ran.output).toContain("k6's threshold wants 442 more good samples")
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('is red where a criterion judges a name that nothing measures', async () => {
    const script = await changed('of', [
      "under: percent(1), of: 'checkout'",
      "under: percent(1), of: 'chekout'",
    ])
    const ran = await k6('k6', script, `${baseUrl}/ok`)
    expect(statuses(ran)).toEqual({ 'checkout.latency': 'PASS', 'checkout.errors': 'UNDECIDED' })
    expect(ran.output).toContain('nothing was observed')
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('ends at once where it measures a name that no criterion judges', async () => {
    const script = await changed('name', ["measure('checkout'", "measure('chekout'"])
    const ran = await k6('k6', script, `${baseUrl}/ok`)
    expect(ran.output).toContain('no criterion judges \\"chekout\\"; valid: checkout')
    expect(ran.exitCode).toBe(aborted)
  })

  test('ends at once where its options lack the thresholds', async () => {
    const script = await changed('bare', [', thresholds }', ' }'])
    const ran = await k6('k6', script, `${baseUrl}/ok`)
    expect(ran.output).toContain('the options hold no threshold for checkout.latency')
    expect(ran.verdict.reasons[0]).toContain('put them into options.thresholds')
    expect(ran.exitCode).toBe(aborted)
  })
})

describe('a script', () => {
  test('is failed by its latency alone where the server is slow but right', async () => {
    const script = await changed('slow', ['ms(300)', `ms(${limitMs})`])
    const ran = await k6('k6', script, `${baseUrl}/slow`)
    expect(statuses(ran)).toEqual({ 'checkout.latency': 'FAIL', 'checkout.errors': 'PASS' })
    expect(ran.output).toContain(`100 % over ${limitMs} ms or failed (1,000 of 1,000)`)
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('that is cut off while requests are unanswered is red', async () => {
    const shape = "vus: 2, duration: '3s', gracefulStop: '0s'"
    const script = await changed(
      'mute',
      ['vus: 10, iterations: 1000', `scenarios: { all: { executor: 'constant-vus', ${shape} } }`],
      ['BASE_URL}/', "BASE_URL}/${__ITER < 600 ? 'ok' : 'mute'}/"],
    )
    const ran = await k6('k6', script, baseUrl)
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.output).toContain('2 measurements began and never ended')
    expect(ran.output).toContain("thresholds on metrics 'assay_open' have been crossed")
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('whose arrivals k6 dropped is red', async () => {
    const shape = "rate: 100, duration: '2s', preAllocatedVUs: 1"
    const script = await changed('dropped', [
      'vus: 10, iterations: 1000',
      `scenarios: { all: { executor: 'constant-arrival-rate', ${shape} } }`,
    ])
    const ran = await k6('k6', script, `${baseUrl}/slow`)
    expect(ran.output).toMatch(/k6 dropped \d+ arrivals for want of a free virtual user/)
    expect(ran.output).toMatch(/thresholds on metrics '.*dropped_iterations.*' have been crossed/)
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('whose check refuses an answer, or trips over it, counts it as bad', async () => {
    const script = await changed('accept', [
      '/checkout`))',
      "/checkout`), (answer) => answer.json('order') === 1)",
    ])
    const well = await k6('k6', script, `${baseUrl}/ok`)
    expect([well.exitCode, well.verdict.verdict]).toEqual([0, 'PASS'])
    const empty = await k6('k6', script, `${baseUrl}/empty`)
    expect(statuses(empty)).toEqual(both('FAIL'))
    expect(empty.exitCode).toBe(thresholdCrossed)
  })

  test('that sends without waiting is measured to the answer', async () => {
    const script = await changed('async', ['http.get(', "http.asyncRequest('GET', "])
    const well = await k6('k6', script, `${baseUrl}/ok`)
    expect([well.exitCode, well.verdict.verdict]).toEqual([0, 'PASS'])
    expect(well.verdict.criteria.map(({ samples }) => samples)).toEqual([1000, 1000])
    const failing = await k6('k6', script, `${baseUrl}/error`)
    expect(statuses(failing)).toEqual(both('FAIL'))
    expect(failing.exitCode).toBe(thresholdCrossed)
  })

  test('that waits and returns nothing is ended', async () => {
    const script = await changed(
      'nothing',
      ['() => http.get(', "async () => { await http.asyncRequest('GET', "],
      ['/checkout`))', '/checkout`) })'],
    )
    const ran = await k6('k6', script, `${baseUrl}/ok`)
    expect(ran.output).toContain('expected send to return the answer, got undefined')
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.exitCode).toBe(aborted)
  })

  test('that one of its own thresholds ended is red', async () => {
    const limit = "http_reqs: [{ threshold: 'count<300', abortOnFail: true }]"
    const script = await changed(
      'own-abort',
      ['iterations: 1000', "duration: '30s'"],
      [', thresholds }', `, thresholds: { ...thresholds, ${limit} } }`],
    )
    const ran = await k6('k6', script, `${baseUrl}/ok`)
    expect(statuses(ran)).toEqual(both('UNDECIDED'))
    expect(ran.verdict.reasons[0]).toBe('k6 ended the run by "count<300" on http_reqs, which has abortOnFail')
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test('that lies beside the library alone starts without a warning', async () => {
    await copyFile(library, path.join(folder, 'assay.js'))
    const script = path.join(folder, 'alone.js')
    await writeFile(script, source.replace('../dist/assay.js', './assay.js'))
    const ran = await k6('k6', script, `${baseUrl}/ok`)
    expect(ran.output).not.toContain('level=warning')
    expect(ran.exitCode).toBe(0)
  })

  test('whose request throws counts it as bad', async () => {
    const script = await changed('throws', ['thresholds }', 'thresholds, throw: true }'])
    const ran = await k6('k6', script, 'http://127.0.0.1:9')
    expect(ran.verdict.criteria.map(({ samples }) => samples)).toEqual([1000, 1000])
    expect(statuses(ran)).toEqual(both('FAIL'))
    expect(ran.exitCode).toBe(thresholdCrossed)
  })

  test.each([
    ['under: percent(1)', 'under: 1', 'write 1 % as percent(1)'],
    ['p: 95', 'p: 0.95', 'write P95 as p: 95'],
    ["'checkout.errors'", "'checkout errors'", 'expected letters, digits, dot, dash and underscore'],
    [", errors({ under: percent(1), of: 'checkout' })", '', 'expected at least one rule, got none'],
  ])('with %s as %s does not start', async (old, by, why) => {
    const ran = await execa(await ensureBinary('k6'), ['run', '--quiet', await changed('wrong', [old, by])], {
      reject: false,
      all: true,
      timeout: runTimeOutMs,
      env: { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false', BASE_URL: baseUrl },
    })
    expect(ran.all).toContain(why)
    expect(ran.exitCode).not.toBe(0)
  })
})
