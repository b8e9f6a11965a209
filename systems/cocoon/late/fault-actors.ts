// What workers do only while something is broken on purpose. Evaluated only in such runs, because every virtual user has its
// own copy of what it evaluates.
export { acknowledge, findAcknowledged } from '../acknowledged.ts'
export { crashOf, vanish } from '../vanishing.ts'
