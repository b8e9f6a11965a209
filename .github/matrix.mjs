// Turns `./assay list JSON=1` (standard input) into the matrix of a workflow (standard output): one job per case.
// Reads PROFILE, or SCHEDULE with the cron line that started the workflow; CASE (ALL or empty for every one) and RUNNER.
import { readFileSync } from 'node:fs'

/** The cron lines of acceptance.yml. */
const schedules = {
  '17 2 * * *': 'daily',
  '17 3 * * 6': 'weekly',
  '17 5 1 * *': 'monthly',
  '17 6 2 1,4,7,10 *': 'quarterly',
}

/** What the longest run of a profile may take. The length of `full` is the case's own, up to a day. */
const runMinutes = {
  smoke: 5,
  kill: 5,
  daily: 15,
  weekly: 75,
  monthly: 265,
  quarterly: 1500,
  full: 1500,
}
/** Packages, bundles and a first build of k6, and the upload. */
const besidesMinutes = 25
/** GitHub ends a job on its own machines after this. */
const hostedMinutes = 360

function fail(message) {
  process.stderr.write(`matrix: ${message}\n`)
  process.exit(64)
}

const { SCHEDULE = '', CASE = '', RUNNER = '' } = process.env
const profile = SCHEDULE === '' ? (process.env.PROFILE ?? '') : schedules[SCHEDULE]
if (profile === undefined)
  fail(`no profile belongs to the schedule "${SCHEDULE}"; known: ${Object.keys(schedules).join('; ')}`)
const minutes = runMinutes[profile]
if (minutes === undefined) fail(`unknown profile "${profile}"; valid: ${Object.keys(runMinutes).join(', ')}`)

const runner = RUNNER === '' ? 'ubuntu-24.04' : RUNNER
const isHosted = /^(ubuntu|windows|macos)-/.test(runner)
const limit = (runs) => besidesMinutes + runs * minutes
if (isHosted && limit(1) > hostedMinutes)
  fail(
    `profile ${profile} takes up to ${minutes} minutes, and GitHub ends a job on ${runner} after ${hostedMinutes}: ` +
      'give the label of a runner of your own (input "runner", or the repository variable LONG_RUNNER for schedules)',
  )
// An INVALID run is repeated only where there is time for both.
const repeats = isHosted && limit(2) > hostedMinutes ? 0 : 1

const { cases } = JSON.parse(readFileSync(0, 'utf8'))
const chosen = cases.filter(
  ({ id, profiles }) => profiles.includes(profile) && (CASE === '' || CASE === 'ALL' || id === CASE),
)
if (chosen.length === 0)
  fail(`no case ${CASE} has the profile ${profile}; cases: ${cases.map(({ id }) => id).join(', ')}`)
const include = chosen.map(({ id, scenario, system }) => ({
  name: `${id}-${profile}`.replace(/[^A-Za-z0-9]+/g, '-'),
  case: id,
  scenario,
  system,
  profile,
  runner,
  repeats,
  minutes: limit(1 + repeats),
}))
process.stdout.write(`${JSON.stringify({ include })}\n`)
