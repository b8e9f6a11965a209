// The oracles that criteria of the GPU pool ask. Read by the runner only.
import type { OracleDefinition } from '../../verdict/oracles/oracle.ts'
import { ledger } from '../../verdict/oracles/ledger/oracle.ts'
import { waits } from '../../verdict/oracles/waits/oracle.ts'

export const oracles: Record<string, OracleDefinition> = { ledger, waits }
