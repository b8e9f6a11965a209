// Why this exists, in a minute: the same dead or error-only server, under a usual k6 script and under Assay.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { execa } from 'execa'
import { exitCodes } from '../../verdict/verdict.ts'
import { findK6 } from '../build/binaries.ts'
import { inPackage } from '../project.ts'
import { alwaysSet, checkK6Variables } from '../run/k6-environment.ts'
import { planFor } from '../run/plans.ts'
import { run } from '../run/run.ts'

interface Row {
  server: string
  usual: string
  assay: string
  why: string
}

/** A server that answers 500 to everything, on a free port of loopback. */
async function errorServer(): Promise<{ baseUrl: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(500, { 'Content-Type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** An address of loopback where nothing listens: a port that was free a moment ago. */
async function deadAddress(): Promise<string> {
  const { baseUrl, close } = await errorServer()
  close()
  return baseUrl
}

async function usual(k6: string, baseUrl: string): Promise<string> {
  const result = await execa(
    k6,
    [
      'run',
      '--quiet',
      '--no-color',
      '--address',
      '',
      '-e',
      `BASE_URL=${baseUrl}`,
      inPackage('scripts/demo/usual-script.js'),
    ],
    {
      reject: false,
      all: true,
      env: alwaysSet,
    },
  )
  const summary = (result.all ?? '').split('\n').filter((line) => /✓|✗|http_req_failed/.test(line))
  for (const line of summary) console.log(`    ${line.trim()}`)
  return `exit ${String(result.exitCode)}${result.exitCode === 0 ? ', every threshold green' : ''}`
}

async function judged(baseUrl: string): Promise<{ assay: string; why: string }> {
  const { verdict } = await run({
    scenario: 'baseline',
    variables: { BASE_URL: baseUrl, PROFILE: 'kill' },
    say: (line) => console.log(`    ${line}`),
  })
  return {
    assay: `${verdict.verdict} (${exitCodes[verdict.verdict]})`,
    why: verdict.reasons[0] ?? verdict.line,
  }
}

/** A server of the demonstration wants no token, and a run asks for one. */
async function withoutTokens(): Promise<void> {
  const { credentials } = await planFor('baseline', {})
  for (const name of Object.values(credentials)) process.env[name] ??= ''
}

export async function demo(): Promise<number> {
  checkK6Variables(process.env)
  const k6 = await findK6({})
  await withoutTokens()
  const failing = await errorServer()
  const rows: Row[] = []
  try {
    for (const [server, baseUrl] of [
      ['answers 500 to everything', failing.baseUrl],
      ['is not there at all', await deadAddress()],
    ] as const) {
      console.log(`\nA server that ${server} (${baseUrl})\n  a usual k6 script, 8 s:`)
      const before = await usual(k6.path, baseUrl)
      console.log(`    ${before}\n  Assay:`)
      rows.push({ server, usual: before, ...(await judged(baseUrl)) })
    }
  } finally {
    failing.close()
  }
  console.log('\n  the server that ...          usual k6 script              Assay         why')
  for (const { server, usual: before, assay, why } of rows) {
    console.log(`  ${server.padEnd(28)} ${before.padEnd(28)} ${assay.padEnd(13)} ${why}`)
  }
  console.log(
    '\nk6 passes a limit that measured nothing, and latency limits say nothing of errors. Assay asks for evidence first.',
  )
  const honest = rows.every(({ assay }) => !assay.startsWith('PASS'))
  return honest ? 0 : exitCodes.FAIL
}
