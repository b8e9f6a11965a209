/**
 * Runs `work` while no other process of this checkout does the same. `file` is the lock: it names its owner, and is
 * taken over when its owner is gone.
 * @param waiting Called once when another process holds the lock.
 * @throws Error when the lock was not free within `limitMs`; it names the file and its owner.
 */
export function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: { limitMs: number; waiting?: () => void },
): Promise<T>
