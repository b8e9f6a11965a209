// Every driver that the keeper can work with, by its name.
import { chain } from './chain.ts'
import { clock } from './clock.ts'
import { database } from './database.ts'
import type { Driver } from './fault.ts'
import { network } from './network.ts'
import { pods } from './pods.ts'
import { ofProcess } from './process.ts'
import { resource } from './resource.ts'
import { toxiproxy } from './toxiproxy.ts'

export const drivers: Record<string, Driver> = {
  chain,
  clock,
  database,
  network,
  pods,
  process: ofProcess,
  resource,
  toxiproxy,
}
