// Prints "<passed> <failed>" from vitest's JSON results and the exit status of the test command. What went wrong outside
// a test counts as one failure each: a file that did not load, or a run that failed or wrote no results.
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

const files = read().testResults
const tests = files.flatMap((result) => result.assertionResults)
const passed = tests.filter((test) => test.status === 'passed').length
const brokenFiles = files.filter(
  (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
)
let failed = tests.filter((test) => test.status === 'failed').length + brokenFiles.length
if (failed === 0 && (status !== '0' || passed === 0)) failed = 1
console.log(`${passed} ${failed}`)
