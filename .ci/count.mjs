// Prints "<passed> <failed>" from vitest's JSON results and the exit status of the test command. What went wrong outside
// a test counts as one failure each: a file that did not load, or a run that failed or wrote no results. Names what
// failed on stderr, so that it stands at the end of a long log.
import { readFileSync } from 'node:fs'

const [file, status] = process.argv.slice(2)

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    process.stderr.write(`${file} cannot be read (${error.message}): the test run counts as failed\n`)
    return { testResults: [] }
  }
}

const firstLines = (text = '') => text.split('\n').slice(0, 12).join('\n  ')

const files = read().testResults
const tests = files.flatMap((result) => result.assertionResults)
for (const { name, message, assertionResults } of files) {
  if (message) process.stderr.write(`FAILED: ${name}: ${firstLines(message)}\n`)
  for (const { status: outcome, fullName, failureMessages } of assertionResults)
    if (outcome === 'failed')
      process.stderr.write(`FAILED: ${name} > ${fullName}: ${firstLines(failureMessages?.[0])}\n`)
}
const passed = tests.filter((test) => test.status === 'passed').length
const brokenFiles = files.filter(
  (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
)
let failed = tests.filter((test) => test.status === 'failed').length + brokenFiles.length
if (failed === 0 && (status !== '0' || passed === 0)) failed = 1
console.log(`${passed} ${failed}`)
