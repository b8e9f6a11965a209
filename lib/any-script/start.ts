// What only the first look at a script needs, and the last: thresholds and verdict, and the statistics behind both.
export { thresholdsOf } from './thresholds.ts'
export { summarise } from './judged.ts'
