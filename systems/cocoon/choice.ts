// Adapters of other pools: every folder below targets/ with an adapter.ts is bundled, and evaluated when chosen.
import type { PoolAdapter } from './pool.ts'

/** The adapter in targets/<name>/adapter.ts. */
export function adapterOf(name: string): PoolAdapter {
  return (require(`../../targets/${name}/adapter.ts`) as { adapter: PoolAdapter }).adapter
}
