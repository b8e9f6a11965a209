// Adapters of other targets: every folder below targets/ with an adapter.ts is bundled, and evaluated when chosen.

interface AdapterModule<Adapter> {
  adapter: Adapter
  /** For which it speaks; where it does not say so, nobody can see that it is another one's. */
  system?: string
}

/** The adapter in targets/<name>/adapter.ts. @throws Error where there is none, or it is made for another system */
export function adapterOf<Adapter>(name: string, system: string): Adapter {
  const chosen = moduleOf<Adapter>(name)
  if (chosen.system !== undefined && chosen.system !== system)
    throw new Error(
      `the adapter targets/${name}/adapter.ts speaks for the system "${chosen.system}", and this run is of "${system}"`,
    )
  return chosen.adapter
}

function moduleOf<Adapter>(name: string): AdapterModule<Adapter> {
  try {
    return require(`../targets/${name}/adapter.ts`) as AdapterModule<Adapter>
  } catch (error) {
    // esbuild's word for a file that was not there when it built.
    if (!(error as Error).message.includes('not found in bundle')) throw error
    throw new Error(`unknown adapter "${name}": there is no targets/${name}/adapter.ts in this build`)
  }
}
