// Checks of what the service promises of single answers: made once, before the load, by the first requests.
import type { CheckResult, Exchange } from '../../../lib/drive/actor.ts'
import type { firstRequests } from '../../../lib/drive/first-requests.ts'
import { claimAt, strange, type Claim } from '../claims.ts'
import type { Names, World } from '../names.ts'
import { isRefused, type Item, type Service, type Verified } from '../service.ts'

type Requests = ReturnType<typeof firstRequests<Names>>
type Name = Parameters<Requests['check']>[0]

const kept: CheckResult = { is: 'kept' }
const notMade = (why: string): CheckResult => ({ is: 'not made', why })
const violated = (how: string): CheckResult => ({ is: 'violated', how })
const unpromised = notMade('the adapter of this target does not promise it')

/** Texts that are verified in both ways, and the place among them of an item that is no text. */
const bothWays = 8
const badPlace = 3

export class Checks {
  constructor(
    private readonly world: World,
    private readonly service: Service,
    private readonly requests: Requests,
  ) {}

  make(): void {
    this.says('ground-truth', this.service.tellsClaims ? this.groundTruth() : unpromised)
    this.says('cache-word', this.cacheWord())
    this.says('batch-as-singles', this.batchAsSingles())
  }

  private says(name: Name, result: CheckResult): void {
    this.requests.check(name, result)
  }

  private one(text: unknown) {
    return this.requests.probe<Verified>('verify', this.service.verify(text))
  }

  /** A text of this run's own that states a fact, and one that states none. */
  private groundTruth(): CheckResult {
    const { name } = this.world
    const claims: Claim[] = [
      { text: `The tower of ${name} is 84 metres high.`, isFactual: true },
      { text: `I think the tower of ${name} is beautiful.`, isFactual: false },
    ]
    for (const claim of claims) {
      const answer = this.one(claim.text)
      if (answer.value === null) return notMade(answer.why)
      const odd = strange(claim, answer.value)
      if (odd !== null) return violated(`${odd}: "${claim.text}"`)
    }
    return kept
  }

  /** What nobody has asked for before cannot be in the cache, and what was asked for a moment ago is. */
  private cacheWord(): CheckResult {
    const text = `The lighthouse of ${this.world.name} has 212 steps.`
    const seen: boolean[] = []
    for (let attempt = 0; attempt < 2; attempt++) {
      const answer = this.one(text)
      if (answer.value === null) return notMade(answer.why)
      seen.push(answer.value.isHit)
    }
    const [first, second] = seen
    const wrong: string[] = []
    if (first === true) wrong.push('a text that nobody had sent before was called a hit')
    if (second === false) wrong.push('a text that was answered a moment ago was called a miss')
    if (seen.includes(true) && this.toldHitRate() === 0)
      wrong.push('the hit rate that it tells is 0 after an answer that it called a hit')
    return wrong.length === 0 ? kept : violated(wrong.join('; '))
  }

  /** Undefined where it tells none. */
  private toldHitRate(): number | undefined {
    const { stats } = this.service
    return stats === undefined ? undefined : this.requests.probe('figures', stats()).value?.hitRate
  }

  /** The same texts in a batch and one by one, in order, with an item among them that is no text. */
  private batchAsSingles(): CheckResult {
    const { service, world, requests } = this
    if (!service.tellsClaims) return notMade('its answers do not tell to which of the texts each belongs')
    const claims = Array.from({ length: bothWays }, (_, access) => claimAt(world, access))
    const texts: unknown[] = claims.map(({ text }) => text)
    if (service.sparesOthers) texts.splice(badPlace, 0, 7)
    const exchange: Exchange<Item[]> = service.batch(texts)
    const answer = requests.probe<Item[]>('whole-batch', exchange)
    if (answer.value === null)
      return answer.isDecided && service.sparesOthers
        ? violated(`one bad item spoils a batch: ${answer.why}`)
        : notMade(answer.why)
    const { value: items } = answer
    for (let place = 0, single = 0; place < texts.length; place++) {
      const item = items[place]!
      if (service.sparesOthers && place === badPlace) {
        if (!isRefused(item)) return violated(`item ${place} of a batch is no text, and was verified`)
        if (item.index !== place) return violated(`item ${place} is called ${item.index}`)
        continue
      }
      const claim = claims[single++]!
      const { value } = this.one(claim.text)
      if (value === null) return notMade('a single text was not answered')
      const odd = difference(item, value)
      if (odd !== null) return violated(`item ${place} of a batch: ${odd}`)
    }
    return service.sparesOthers ? kept : unpromised
  }
}

/** How a batch's answer to a text differs from that to the text alone; null where it does not. */
function difference(item: Item, single: Verified): string | null {
  if (isRefused(item)) return `not verified: ${item.why}`
  if (item.first !== single.first || item.claims !== single.claims) return 'other claims than alone'
  return item.confidence === single.confidence ? null : 'another confidence than alone'
}
