// What most virtual users never need: evaluated when it is asked for, and in a closure of its own.

/** Only by who is promised something, or looks for it. */
export const promises = () => require('./promises.ts') as typeof import('./promises.ts')
