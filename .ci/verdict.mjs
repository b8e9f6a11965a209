// Prints what one run says of the change: "passed", "failed", "busy" where it is INVALID because other programs had the
// machine, or "again" where it says nothing for another reason: INVALID or UNDECIDED.
import { readFileSync } from 'node:fs'

const [folder, status] = process.argv.slice(2)

function read() {
  try {
    return JSON.parse(readFileSync(`${folder}/verdict.json`, 'utf8'))
  } catch {
    // A run that left no verdict has failed, whatever it printed.
    return { verdict: 'none' }
  }
}

const { verdict, machine } = read()
if (verdict === 'PASS' && status === '0') console.log('passed')
else if (verdict === 'INVALID' && machine?.spoils === true) console.log('busy')
else console.log(verdict === 'INVALID' || verdict === 'UNDECIDED' ? 'again' : 'failed')
