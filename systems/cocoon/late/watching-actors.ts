// The few residents that look after a run: what became of the tasks, what the pool says of itself, the tasks of its past.
// Evaluated by these alone, because every virtual user has its own copy of what it evaluates.
export { follower } from '../follower.ts'
export { historian } from '../historian.ts'
export { observer } from '../observer.ts'
