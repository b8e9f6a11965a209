// The moment at which k6 has made a virtual user ready, before it calls any function of the script.
import exec from 'k6/execution'

const deeds: (() => void)[] = []

/** While the script is evaluated for the first time, or for a virtual user to be, k6 refuses to tell of it. */
function isReady(): boolean {
  try {
    return exec.vu !== undefined
  } catch {
    return false
  }
}

/**
 * Runs `deed` once in each virtual user, also in those that run setup(), teardown() and handleSummary(). k6 has no hook
 * for it, but the last thing that it gives each of them is its console.
 */
export function whenReady(deed: () => void): void {
  deeds.push(deed)
  if (deeds.length > 1) return
  let current: unknown = console
  Object.defineProperty(globalThis, 'console', {
    configurable: true,
    enumerable: true,
    get: () => current,
    set(value: unknown) {
      current = value
      // A script may set its own console while it is evaluated.
      if (!isReady()) return
      Object.defineProperty(globalThis, 'console', {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      })
      for (const each of deeds) each()
    },
  })
}
