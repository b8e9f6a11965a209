// Which sentences of a text the reference service takes for facts.
import { describe, expect, test } from 'vitest'
import { findingOf } from '../../../../testbed/truthsync/text-verifier.ts'

const claimsOf = (text: string): string[] => findingOf(text).claims

describe('a text', () => {
  test.each<[string, string[]]>([
    ['The bridge is 120 metres long.', ['The bridge is 120 metres long']],
    ['I think the bridge is long.', []],
    ['The bridge IS long! I believe it was ugly. It has arches?', ['The bridge IS long', 'It has arches']],
    ['Thisle, isle and hiss.', []],
    ['Озеро is deep', ['Озеро is deep']],
    ['éis isé', []],
    ['的is的', []],
    ['İs it? It is. İİİ I THINK it is', ['It is']],
    ['a', []],
    ['...!?', []],
    ['no end', []],
  ])('%j has the claims %j', (text, claims) => expect(claimsOf(text)).toEqual(claims))

  test('is surer, the more it says, and never quite sure', () => {
    const [one, two, many] = ['It is.', 'It is and was.', 'It is. '.repeat(280)].map(
      (text) => findingOf(text).confidence,
    ) as [number, number, number]
    expect(one).toBeGreaterThan(0.5)
    expect(two).toBeGreaterThan(one)
    expect(many).toBeGreaterThan(two)
    expect(many).toBeLessThanOrEqual(1)
    expect(findingOf('It is and was.')).toEqual(findingOf('It is and was.'))
  })
})
