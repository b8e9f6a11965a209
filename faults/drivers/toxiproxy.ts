// What happens to a connection, by a proxy of Toxiproxy's in its way: https://github.com/Shopify/toxiproxy. Its control
// address is plain HTTP, so that k6 can do this as well as the keeper.
import {
  amount,
  kindOf,
  ownName,
  type Driver,
  type Exchanged,
  type FaultSpec,
  type Actions,
} from '../fault.ts'
import type { Link } from '../parts.ts'

const kinds = {
  latency: ['toxiproxy'],
  bandwidth: ['toxiproxy'],
  'slow-close': ['toxiproxy'],
  reset: ['toxiproxy'],
  partition: ['toxiproxy'],
  limit: ['toxiproxy'],
  refused: ['toxiproxy'],
} as const
type Kind = keyof typeof kinds
type Spec = FaultSpec<Link>

interface Toxic {
  type: string
  stream: 'downstream' | 'upstream'
  attributes: Record<string, number>
  /** The share of connections that it is for; all of them when left out. */
  toxicity?: number
}

/** Does nothing to any connection: only its name counts. */
const marker: Toxic = { type: 'latency', stream: 'downstream', attributes: { latency: 0 }, toxicity: 0 }

/** Both directions of the same. */
const both = (type: string, attributes: Record<string, number>): Toxic[] =>
  (['downstream', 'upstream'] as const).map((stream) => ({ type, stream, attributes }))

function toxicsOf(kind: Kind, spec: Spec): Toxic[] {
  switch (kind) {
    case 'latency':
      return [
        {
          type: 'latency',
          stream: 'downstream',
          attributes: { latency: amount(spec, 'latencyMs'), jitter: amount(spec, 'jitterMs') },
        },
      ]
    case 'bandwidth':
      return both('bandwidth', { rate: amount(spec, 'kilobytesPerSecond') })
    case 'slow-close':
      return [{ type: 'slow_close', stream: 'downstream', attributes: { delay: amount(spec, 'delayMs') } }]
    case 'reset':
      return [{ type: 'reset_peer', stream: 'downstream', attributes: { timeout: amount(spec, 'afterMs') } }]
    case 'limit':
      return [{ type: 'limit_data', stream: 'downstream', attributes: { bytes: amount(spec, 'bytes') } }]
    case 'partition':
      // Nothing gets through and nobody is told, which is what a lost network looks like.
      return both('timeout', { timeout: 0 })
    case 'refused':
      // Toxiproxy does not remember who switched a proxy off; this toxic says that it was this fault.
      return [marker]
  }
}

/** The toxics of one fault, by their names, which no other fault of any run has: only they are ever removed. */
function namedToxicsOf(spec: Spec): Map<string, Toxic> {
  const kind = kindOf(spec, kinds)
  return new Map(toxicsOf(kind, spec).map((toxic, index) => [`${nameOf(spec)}-${kind}-${index}`, toxic]))
}

/** Made by chance for each fault, and journalled with it. */
const nameOf = ({ before }: Spec): string => before?.['toxics'] ?? 'assay'

/** The toxic that is there first and goes last. It says whose fault the link has. */
const claimOf = (spec: Spec): string => `${nameOf(spec)}-claim`

const proxyUrl = ({ part }: Spec): string => `${part.control}/proxies/${part.proxy}`

interface Proxy {
  enabled: boolean
  toxics: { name: string }[]
}

async function proxyOf(spec: Spec, { request }: Actions): Promise<Proxy> {
  const { status, json } = await request('GET', proxyUrl(spec))
  if (status === 200) return json as Proxy
  throw new Error(`${spec.part.control} has no proxy called ${spec.part.proxy}; correct the target file`)
}

/** The names of the toxics that a proxy has, those of this fault and those of others. */
function toxicsIn({ toxics }: Proxy, spec: Spec): { own: string[]; others: string[] } {
  const names = toxics.map(({ name }) => name)
  const own = new Set([...namedToxicsOf(spec).keys(), claimOf(spec)])
  return { own: names.filter((name) => own.has(name)), others: names.filter((name) => !own.has(name)) }
}

const addToxic = (spec: Spec, { request }: Actions, name: string, toxic: Toxic) =>
  request('POST', `${proxyUrl(spec)}/toxics`, { name, toxicity: 1, ...toxic })

const switchProxy = (spec: Spec, { request }: Actions, enabled: boolean) =>
  request('POST', proxyUrl(spec), { enabled })

const isOff = ({ target }: Spec): string => `the proxy of the link ${target} is switched off already`

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`

/** What an exchange says of the kind of fault, in ms: its slowness. Nothing at all is endlessly slow. */
function slowness(kind: Kind, { firstByteMs, endMs, end }: Exchanged): number {
  if (end !== 'closed' || firstByteMs === null) return Infinity
  return kind === 'latency' ? firstByteMs : endMs
}

/** Told by how long an exchange takes, which may be longer by chance, too; the others cut it off. */
const timed: Kind[] = ['latency', 'bandwidth', 'slow-close']

interface Reading {
  through: Exchanged
  around: Exchanged
}

/** A share of the announced delay, because jitter may take from it, and the least that stands out from a busy machine. */
const delayShare = 0.3
const noticedMs = 15

/** So much more it has to take through the link than around it. */
function leastDelayMs(kind: Kind, spec: Spec): number {
  switch (kind) {
    case 'latency':
      return Math.max(noticedMs, delayShare * (amount(spec, 'latencyMs') - amount(spec, 'jitterMs')))
    case 'slow-close':
      return Math.max(noticedMs, delayShare * amount(spec, 'delayMs'))
    default:
      return noticedMs
  }
}

function isHit(kind: Kind, spec: Spec, { through, around }: Reading): boolean {
  // Where even the way around brings nothing, nothing is known of the link.
  if (around.end !== 'closed') return false
  switch (kind) {
    case 'latency':
    case 'bandwidth':
    case 'slow-close':
      return slowness(kind, through) - slowness(kind, around) >= leastDelayMs(kind, spec)
    case 'limit':
      return through.bytes < around.bytes
    case 'reset':
      return through.end !== 'closed' || through.bytes < around.bytes
    case 'partition':
      return through.end === 'nothing'
    case 'refused':
      return through.end === 'refused' || (through.bytes === 0 && through.end !== 'nothing')
  }
}

function textOf(kind: Kind, { through }: Reading): string {
  if (through.end !== 'closed' || through.firstByteMs === null)
    return through.end === 'nothing' ? 'no answer' : through.bytes === 0 ? 'refused or cut off' : through.end
  return `${milliseconds(slowness(kind, through))}, ${through.bytes} bytes`
}

const endings: Record<Exchanged['end'], string> = {
  closed: 'answers',
  reset: 'cannot be reached, or breaks off',
  refused: 'refuses connections, or closes them without an answer',
  nothing: 'does not answer',
}

function unwell(kind: Kind, spec: Spec, reading: Reading): string | null {
  const { part, target } = spec
  for (const way of ['around', 'through'] as const)
    if (reading[way].end !== 'closed')
      return `links.${target}.${way} (${part[way]}) ${endings[reading[way].end]}`
  if (!isHit(kind, spec, reading)) return null
  const seen = `${textOf(kind, reading)}, and around it ${textOf(kind, { ...reading, through: reading.around })}`
  return `links.${target}.through (${part.through}) looks disturbed before anything is done to it: ${seen}`
}

export default {
  on: 'links',
  kinds,
  isolation: () => 'link',
  check(spec) {
    toxicsOf(kindOf(spec, kinds), spec)
    for (const address of [spec.part.through, spec.part.around])
      if (!/^(http|postgres):/.test(address))
        throw new Error(
          `the link ${spec.target} is looked at by http:// or postgres:// addresses only, and one of its is ${address}`,
        )
  },
  async remember(spec, actions) {
    const { toxics, enabled } = await proxyOf(spec, actions)
    if (toxics.length > 0)
      throw new Error(
        `the link ${spec.target} has toxics already: ${toxics.map(({ name }) => name).join(', ')}`,
      )
    if (!enabled) throw new Error(isOff(spec))
    return { toxics: ownName() }
  },
  // Two runs may both have found the link undisturbed. Each claims it first and looks then, so that at least the later one
  // sees the other's claim, and gives way before it has done anything to a connection.
  async inject(spec, actions) {
    await addToxic(spec, actions, claimOf(spec), marker)
    const proxy = await proxyOf(spec, actions)
    const { others } = toxicsIn(proxy, spec)
    if (others.length > 0)
      throw new Error(`the link ${spec.target} has toxics of another run now: ${others.join(', ')}`)
    if (!proxy.enabled) throw new Error(isOff(spec))
    for (const [name, toxic] of namedToxicsOf(spec)) await addToxic(spec, actions, name, toxic)
    if (kindOf(spec, kinds) === 'refused') await switchProxy(spec, actions, false)
  },
  async clear(spec, actions) {
    const proxy = await proxyOf(spec, actions)
    const { own } = toxicsIn(proxy, spec)
    const claim = claimOf(spec)
    const toxics = own.filter((name) => name !== claim)
    // Only the fault that has switched it off has such a toxic, and it goes after that was undone.
    if (kindOf(spec, kinds) === 'refused' && toxics.length > 0 && !proxy.enabled)
      await switchProxy(spec, actions, true)
    for (const name of [...toxics, ...own.filter((each) => each === claim)])
      await actions.request('DELETE', `${proxyUrl(spec)}/toxics/${name}`)
  },
  probe(spec, observer) {
    const kind = kindOf(spec, kinds)
    return {
      what: 'an exchange through the link, against one around it',
      ...(timed.includes(kind) ? {} : { biteLooks: 1 }),
      look: async () => {
        const [through, around] = [
          await observer.exchange(spec.part.through),
          await observer.exchange(spec.part.around),
        ]
        return { through, around }
      },
      text: (reading) => textOf(kind, reading),
      unwell: (reading) => unwell(kind, spec, reading),
      bites: (_before, now) => isHit(kind, spec, now),
      heals: (_before, now) => now.through.end === 'closed' && !isHit(kind, spec, now),
    }
  },
  async residue(spec, actions) {
    const proxy = await proxyOf(spec, actions)
    const { own, others } = toxicsIn(proxy, spec)
    // With toxics of another run on it, it is that run's to switch on.
    const isLeftOff = kindOf(spec, kinds) === 'refused' && !proxy.enabled && others.length === 0
    return [
      ...own.map((name) => `the toxic ${name} of ${spec.target}`),
      ...(isLeftOff ? [`the proxy of ${spec.target} is switched off`] : []),
    ]
  },
} satisfies Driver<Link, Reading>
