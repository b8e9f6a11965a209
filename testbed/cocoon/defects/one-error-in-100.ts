// One request in a hundred is answered with an internal error.
import { apiSteps, type Defect } from '../defect.ts'

export default {
  criterion: 'load.errors-normal',
  // A result is applied although its answer is an error, so that no task has to wait for its lease to end.
  fails: (step, random) =>
    apiSteps.includes(step) && random() < 0.01 && (step === 'result' ? 'after' : 'before'),
} satisfies Defect
