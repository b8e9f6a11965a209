import type { Shown } from '../charges.ts'
import { sameContent } from '../keys.ts'
import type { Answer, Asked, Key } from '../keys.ts'
import type { LedgerLaw } from '../law.ts'
import type { LedgerPayout } from '../payment-history.ts'
import { answerEvent, askedEvent, askedEvents, contentText, rowEvent } from '../words.ts'

/** Texts that do not depend on which attempt came first. */
const contentTexts = (contents: readonly { account: string; amount: string }[]): string =>
  [...new Set(contents.map(contentText))].sort().join(' and of ')

const oneOf = (contents: readonly Asked[], other: { account: string; amount: string }): boolean =>
  contents.some((content) => sameContent(content, other))

/** What the key may stand for: what was accepted under it, else what may have been. */
function possible({ asked }: Key): Asked[] {
  const accepted = asked.filter((one) => one.accepted)
  return accepted.length > 0 ? accepted : asked.filter(({ rejected, attempts }) => rejected < attempts)
}

interface Found {
  t: number
  shown: Shown
}

/** An attempt was answered ok with a payout of another content. */
function mistaken({ key }: Key, asked: Asked & { mistaken: Answer }): Found {
  const text = `${contentText(asked)} was asked under key ${key}, and the ok shows ${contentText(asked.mistaken.payout)}`
  return {
    t: asked.mistaken.t,
    shown: { text, events: [askedEvent(key, asked), answerEvent(key, asked.mistaken)] },
  }
}

function accepted(key: Key, contents: readonly Asked[]): Found {
  return {
    t: Math.min(...contents.map(({ t }) => t)),
    shown: {
      text: `key ${key.key} was accepted with more than one content: payouts of ${contentTexts(contents)}`,
      events: contents.map((content) => askedEvent(key.key, content)),
    },
  }
}

function shownOther(key: Key, answer: Answer): Found {
  const text = `key ${key.key} stands for ${contentTexts(possible(key))}, and is shown as ${contentText(answer.payout)}`
  return { t: answer.t, shown: { text, events: [...askedEvents(key), answerEvent(key.key, answer)] } }
}

function heldOther(key: Key, row: LedgerPayout): Found {
  const text = `key ${key.key} stands for ${contentTexts(possible(key))}, and the ledger has it for ${contentText(row)}`
  return { t: key.asked[0]!.t, shown: { text, events: [...askedEvents(key), rowEvent(row)] } }
}

/** Nearly all keys: asked for one thing, which is all that was shown and is held. */
function isPlain({ asked, answers, rows }: Key): boolean {
  const [one] = asked
  return (
    asked.length === 1 &&
    one !== undefined &&
    one.mistaken === null &&
    one.rejected < one.attempts &&
    answers.every(({ payout }) => sameContent(payout, one)) &&
    rows.every((row) => sameContent(row, one))
  )
}

function find(key: Key): Found | null {
  if (isPlain(key)) return null
  const mistake = key.asked.find((asked): asked is Asked & { mistaken: Answer } => asked.mistaken !== null)
  if (mistake !== undefined) return mistaken(key, mistake)
  const contents = possible(key)
  if (contents.length > 1 && contents[0]!.accepted) return accepted(key, contents)
  // A key that was never asked for is no matter of this law.
  const answer = key.answers.find(({ payout }) => key.asked.length > 0 && !oneOf(contents, payout))
  if (answer !== undefined) return shownOther(key, answer)
  // What nobody asked for under this key is left to the reconciliation: a wrong row, not a second content.
  const row = key.rows.find((other) => oneOf(key.asked, other) && !oneOf(contents, other))
  return row === undefined ? null : heldOther(key, row)
}

export const content: LedgerLaw = {
  sentence: 'A key stands for one content: what is shown and held under it is what was accepted under it.',

  key(charge, books, key) {
    charge.checked(key.answers.length)
    const found = find(key)
    if (found === null) return
    books.blameKey(key)
    charge.violated(found.t, key.key, () => found.shown)
  },
}
