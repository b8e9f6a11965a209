// All lies, by name. Adding one is adding it to a file in lies/.
import type { Lie } from './lie.ts'
import { answerLies } from './lies/answers.ts'
import { contractLies } from './lies/contract.ts'
import { figureLies } from './lies/figures.ts'
import { recordLies } from './lies/records.ts'
import { waitLies } from './lies/waits.ts'

export const lies: Record<string, Lie> = {
  ...contractLies,
  ...answerLies,
  ...recordLies,
  ...waitLies,
  ...figureLies,
}
