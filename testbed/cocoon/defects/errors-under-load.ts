// One request in thirty fails, and only while a gateway takes many submissions: more than ten workers' clients send.
import { busyAbove } from '../busy.ts'
import { apiSteps, type Defect } from '../defect.ts'

const share = 1 / 30
const isBusy = busyAbove(17)
let busy = false

export default {
  criterion: 'load.errors-peak',
  under: 'cocoon/S4',
  fails: (step, random) => {
    if (step === 'submit') busy = isBusy()
    // A result is applied although its answer is an error, so that no task has to wait for its lease to end.
    return busy && apiSteps.includes(step) && random() < share && (step === 'result' ? 'after' : 'before')
  },
} satisfies Defect
