// Plans of the pool's cases with phases of a test's own.
import type { PhaseShape } from '../../../../lib/plan/phase.ts'
import { makePlan, type Plan } from '../../../../lib/plan/plan.ts'
import { system } from '../../../../systems/cocoon/system.ts'

type Input = Parameters<typeof makePlan>[0]

export const caseOf = (id: string) => system.cases.find((one) => one.id === id)!

/** The first case of a scenario. */
export const caseIn = (scenario: string) => system.cases.find((one) => one.scenario === scenario)!

export const planOf = (
  definition: Input['definition'],
  shapes: PhaseShape[],
  more: Partial<Input> = {},
): Plan =>
  makePlan({
    scenario: definition.scenario,
    systemName: 'cocoon',
    system,
    definition,
    profile: 'smoke',
    numbers: {},
    shapes,
    seed: 1,
    ...more,
  })
