// The command. Exits by verdict: 0 PASS, 1 FAIL, 2 UNDECIDED, 3 INVALID, 64 wrong use.
import { existsSync, realpathSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { variableDoc, variableNames, isInternal } from '../lib/input/variables.ts'
import { defaultSystem } from '../systems/default.ts'
import { exitCodes, statuses, wrongUse } from '../verdict/verdict.ts'
import type { Status } from '../verdict/verdict.ts'
import { KeeperError } from '../keeper/client.ts'
import type { KeeperErrorCode } from '../keeper/keeper-error.ts'
import { rawVariables, variablesOf, workVariable } from './commands/arguments.ts'
import { bench } from './commands/bench.ts'
import { collect } from './commands/collect.ts'
import { writeAllData } from './commands/data.ts'
import { demo } from './commands/demo.ts'
import { doctor } from './commands/doctor.ts'
import { NoEvidence } from './run/conclusion.ts'
import { NotKept } from './run/kept.ts'
import { list } from './commands/list.ts'
import { Interruption } from './run/load.ts'
import { readManifest, scenarioOf, selections } from './run/plans.ts'
import { callersPath, inWork, packageFolder, workFolder } from './project.ts'
import { prove } from './prove/prove.ts'
import { recordedRun } from './commands/replay.ts'
import { writeReport } from './report/index.ts'
import { printable } from './report/text.ts'
import { verdictTable } from './report/terminal.ts'
import { run } from './run/run.ts'
import type { RunOptions } from './run/run.ts'
import { worstOfRow } from '../verdict/severity.ts'
import { WrongUse } from './wrong-use.ts'

const usageLine = (name: string, doc: string): string => `  ${name.padEnd(20)} ${doc}`
const usage = variableNames
  .filter((name) => !isInternal(name))
  .map((name) => usageLine(name, variableDoc(name)))
  .join('\n')

/** The variables that systems have of their own; nothing before there is a build. */
function usageOfSystems(): string {
  if (!existsSync(inWork('dist/manifest.json'))) return ''
  const parts = Object.entries(readManifest().variables).map(([system, variables]) => {
    const lines = Object.entries(variables).map(([name, doc]) => usageLine(name, doc))
    return lines.length === 0 ? '' : `\n\nOf the system ${system} alone:\n${lines.join('\n')}`
  })
  return parts.join('')
}

const help = (): string =>
  `\nVariables (as NAME=value arguments or in the environment):\n${usage}${usageOfSystems()}\n\nIn the environment alone:\n  ${workVariable.padEnd(20)} ${workDoc}\n\nExit codes: ${statuses.map((status) => `${exitCodes[status]} ${status}`).join(', ')}, ${wrongUse} wrong use.`

const workDoc =
  'folder for reports/, dist/ and state, and for systems of your own (default: the folder of assay)'

/** Node's exit code where nothing is left that could go on, and the command has not ended. */
const neverSettled = 13

/** The exit code once all that was asked for is decided: whatever happens later is told, and does not change it. */
let decided: number | null = null

async function runAll(args: string[], { replay }: { replay?: string } = {}): Promise<number> {
  if (replay !== undefined) return runAgain(replay, args)
  const manifest = readManifest()
  const variables = variablesOf(rawVariables(args, process.env, [], manifest.variables), manifest.variables)
  const chosen = selections(manifest, variables).map((own) => ({
    scenario: scenarioOf(manifest, own),
    variables: own,
  }))
  return runInTurn(chosen)
}

/** The same case, seed and faults as an earlier run's, at the very times at which they were injected. */
async function runAgain(folder: string, args: string[]): Promise<number> {
  if (args.length > 0) throw new WrongUse('--replay repeats a run as it was; give no variables beside it')
  return runInTurn([await recordedRun(folder)])
}

/** One after the other, until somebody interrupts; the exit code of the worst verdict. What was not run is undecided. */
async function runInTurn(all: RunOptions[]): Promise<number> {
  const interruption = new Interruption()
  const verdicts: Status[] = []
  const worstOfAll = (): Status => worstOfRow(verdicts, all.length)
  for (const [index, options] of all.entries()) {
    const { verdict, html, problems } = await run({
      ...options,
      interruption,
      reached: ({ status, interrupted }) => {
        verdicts.push(status)
        if (interrupted || index === all.length - 1) decided = exitCodes[worstOfAll()]
      },
    })
    console.log(`\n${verdictTable(verdict)}`)
    if (html !== null) console.log(`report: ${html}`)
    for (const problem of problems) console.error(`assay: the verdict stands, but ${problem}`)
    if (interruption.reason !== null) break
  }
  const left = all.slice(verdicts.length).map(({ variables }) => variables.CASE)
  if (left.length > 0) console.log(`not run: ${left.join(', ')} (${interruption.reason})`)
  return lastLine(worstOfAll())
}

function lastLine(status: Status): number {
  console.log(`verdict: ${status} (${exitCodes[status]})`)
  return exitCodes[status]
}

function program(finish: (code: number) => void): Command {
  const command = new Command('assay')
    .description('Acceptance tests under load, faults, payments and Byzantine nodes, judged on evidence.')
    .addHelpText('after', help)
    .exitOverride()
    .showHelpAfterError()
    .hook('preAction', (_, chosen) => checkWorkFolder(chosen.name()))
  const add = (name: string, description: string, action: (args: string[]) => Promise<number>): void => {
    command
      .command(name)
      .description(description)
      .argument('[NAME=value...]', 'variables')
      .action(async (args: string[]) => finish(await action(args)))
  }
  command
    .command('run')
    .description(`runs a case and judges it (alone: the baseline of ${defaultSystem} on the bundled testbed)`)
    .argument('[NAME=value...]', 'variables')
    .option('--replay <folder>', "repeats an earlier run's case, seed and faults: a folder below reports/")
    .action(async (args: string[], options: { replay?: string }) => finish(await runAll(args, options)))
  add('list', 'lists systems, scenarios, cases and criteria; JSON=1 for programs', list)
  add(
    'prove',
    'plants each defect and shows the criterion that catches it, and kills runs amid faults; CLEAN=10 makes clean runs, DEATHS=1 only kills',
    prove,
  )
  add('data', 'writes the data that runs of a system are made with, such as synthetic claims', writeAllData)
  add('demo', 'shows in a minute what k6 alone lets through', demo)
  add('bench', 'compares what our own code costs with plain k6: requests per CPU-second, memory', bench)
  add('doctor', 'checks this machine and clears what a killed run left behind', () => doctor({ clear: true }))
  command
    .command('report')
    .description('writes the report of a run again')
    .argument('<folder>', 'a folder below reports/')
    .action(async (folder: string) => {
      const { html } = await writeReport(callersPath(folder)).catch((error: NodeJS.ErrnoException) => {
        // A folder that cannot be written says nothing of the run in it.
        throw error.code === undefined ? error : new WrongUse(`the report is not written: ${error.message}`)
      })
      console.log(html)
      finish(0)
    })
  command
    .command('collect')
    .description('merges the verdicts of many runs into one page, and exits by the worst')
    .argument('<folder>', 'a folder with folders of runs below it, such as reports/')
    .argument(
      '[NAME=value...]',
      'EXPECTED=matrix.json with the runs that must be there, GATE=pass or no-fail',
    )
    .action(async (folder: string, args: string[]) => finish(await collect(folder, args)))
  return command
}

/** @throws WrongUse where the work folder is another one than the command was made ready for, or of no use to it */
function checkWorkFolder(command: string): void {
  const named = process.env[workVariable] ?? ''
  if (named !== '' && !(existsSync(named) && realpathSync(named) === workFolder))
    throw new WrongUse(
      `${workVariable}=${named} is not the folder in which this was built, ${workFolder}: start ./assay`,
    )
  if (command === 'bench' && workFolder !== packageFolder)
    throw new WrongUse(`bench measures bundles of the package: call it without ${workVariable}`)
}

/** What a keeper says when something breaks that nobody asked for wrongly. */
const amidRun: KeeperErrorCode[] = ['keeper_lost', 'journal_failed', 'internal']

/** What an error means for the exit code, and what to say. */
function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : wrongUse
  const isRefusal = error instanceof KeeperError && !amidRun.includes(error.code)
  if (isRefusal || error instanceof WrongUse) {
    console.error(printable(`assay: ${error.message}`))
    return wrongUse
  }
  if (error instanceof NotKept) console.log(`\n${verdictTable(error.verdict)}`)
  console.error(printable(`assay: ${wordsOf(error)}`))
  return lastLine('INVALID')
}

/** A stack only for what nobody expected. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message.includes('ENOSPC'))
    return `${error.message} (the disk is full: free some space and run again)`
  return error instanceof NotKept || error instanceof NoEvidence
    ? error.message
    : (error.stack ?? error.message)
}

/** What an error comes to: nothing more than words once all is decided. */
function outcomeOf(error: unknown): number {
  if (decided === null) return failed(error)
  console.error(`assay: the verdict stands, but ${wordsOf(error)}`)
  return decided
}

// Whatever the shell says: nobody else may write what a run and its programs write.
process.umask(process.umask() | 0o022)
// Whoever read our words has gone, as `head` does: what goes on is decided by what is measured, not by who listens.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
// Without this Node would exit with 1, which is the word for FAIL. What still runs belongs to a keeper, which ends it.
process.on('uncaughtException', (error) => process.exit(outcomeOf(error)))

process.on('exit', () => {
  if (process.exitCode !== neverSettled) return
  console.error('assay: it waited for something that can never come; this is a bug')
  process.exitCode = decided ?? lastLine('INVALID')
})

/** All that was said has been taken, or there is nobody who takes it. An exit throws away what a slow reader has not taken. */
async function allSaid(): Promise<void> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => stream.write('', () => resolve()))
}

// At once: Node takes its handlers of signals back before it ends by itself, and a late Ctrl-C would change the exit code.
const code = await program((reached) => (decided = reached))
  .parseAsync()
  .then(() => decided ?? 0, outcomeOf)
await allSaid()
process.exit(code)
