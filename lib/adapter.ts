// Adapters of other targets: every folder below targets/ with an adapter.ts is bundled, and evaluated when chosen.

interface AdapterModule<Adapter> {
  adapter: Adapter
  /** For which it speaks. Somebody else's file: it may be missing, and then nobody could see that it is another one's. */
  system?: string
}

/**
 * The adapter in targets/<name>/adapter.ts.
 * @throws Error where there is none, it does not say for which system it speaks, or it speaks for another one
 */
export function adapterOf<Adapter>(name: string, system: string): Adapter {
  const chosen = moduleOf<Adapter>(name)
  if (chosen.system === undefined)
    throw new Error(
      `the adapter targets/${name}/adapter.ts does not say for which system it speaks: add \`export const system = '${system}'\` if it is this run's`,
    )
  if (chosen.system !== system)
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
