// What happens to a connection, by a proxy of Toxiproxy's in its way: https://github.com/Shopify/toxiproxy. Its control
// address is plain HTTP, so that k6 can do this as well as the keeper.
import { amount, kindOf, type Driver, type Exchanged, type FaultSpec, type Hands } from './fault.ts'
import type { Link } from './parts.ts'

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

/** What the names of one fault's toxics begin with, so that no other run takes them for its own. Runs in k6, too. */
const namedAnew = (): string =>
  `assay-${Date.now().toString(36)}${Math.floor(Math.random() * 2 ** 40).toString(36)}`
const ownName = ({ before }: Spec): string => before?.['toxics'] ?? 'assay-unknown'

interface Toxic {
  /** The share of connections that it is done to; all of them when left out. */
  toxicity?: number
  type: string
  stream: 'downstream' | 'upstream'
  attributes: Record<string, number>
}

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
      // It does nothing. Who switched the proxy off is seen by it, because Toxiproxy does not say.
      return [{ type: 'latency', stream: 'downstream', attributes: { latency: 0 }, toxicity: 0 }]
  }
}

const proxyUrl = ({ part }: Spec): string => `${part.control}/proxies/${part.proxy}`

interface Proxy {
  enabled: boolean
  toxics: { name: string }[]
}

async function proxyOf(spec: Spec, { request }: Hands): Promise<Proxy> {
  const { status, json } = await request('GET', proxyUrl(spec))
  if (status === 200) return json as Proxy
  throw new Error(`${spec.part.control} has no proxy called ${spec.part.proxy}; correct the target file`)
}

/** Names of the toxics of this fault, and of all others. */
function toxicsIn({ toxics }: Proxy, spec: Spec): { own: string[]; others: string[] } {
  const names = toxics.map(({ name }) => name)
  const isOwn = (name: string): boolean => name.startsWith(`${ownName(spec)}-`)
  return { own: names.filter(isOwn), others: names.filter((name) => !isOwn(name)) }
}

async function removeOwn(spec: Spec, proxy: Proxy, { request }: Hands): Promise<void> {
  for (const name of toxicsIn(proxy, spec).own) await request('DELETE', `${proxyUrl(spec)}/toxics/${name}`)
}

/** Whether this fault switched the proxy off. */
const switchedOff = (spec: Spec, proxy: Proxy): boolean =>
  kindOf(spec, kinds) === 'refused' && !proxy.enabled && toxicsIn(proxy, spec).own.length > 0

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

export const toxiproxy: Driver<Link, Reading> = {
  on: 'links',
  kinds,
  check(spec) {
    toxicsOf(kindOf(spec, kinds), spec)
    for (const address of [spec.part.through, spec.part.around])
      if (!/^(http|postgres):/.test(address))
        throw new Error(
          `the link ${spec.target} is looked at by http:// or postgres:// addresses only, and one of its is ${address}`,
        )
  },
  // Of two runs that come at the same time both may see nothing here; they see each other after they injected.
  async remember(spec, hands) {
    const { toxics, enabled } = await proxyOf(spec, hands)
    if (toxics.length > 0)
      throw new Error(
        `the link ${spec.target} has toxics already: ${toxics.map(({ name }) => name).join(', ')}`,
      )
    if (!enabled) throw new Error(`the proxy of the link ${spec.target} is switched off already`)
    return { toxics: namedAnew() }
  },
  async inject(spec, hands) {
    const kind = kindOf(spec, kinds)
    for (const [index, toxic] of toxicsOf(kind, spec).entries())
      await hands.request('POST', `${proxyUrl(spec)}/toxics`, {
        name: `${ownName(spec)}-${kind}-${index}`,
        toxicity: 1,
        ...toxic,
      })
    const proxy = await proxyOf(spec, hands)
    const { others } = toxicsIn(proxy, spec)
    if (others.length > 0) {
      await removeOwn(spec, proxy, hands)
      throw new Error(`the link ${spec.target} has toxics of another run: ${others.join(', ')}`)
    }
    if (kind === 'refused') await hands.request('POST', proxyUrl(spec), { enabled: false })
  },
  async clear(spec, hands) {
    const proxy = await proxyOf(spec, hands)
    if (switchedOff(spec, proxy)) await hands.request('POST', proxyUrl(spec), { enabled: true })
    // Last, because the proxy would else stay off if nobody came so far.
    await removeOwn(spec, proxy, hands)
  },
  probe(spec, eyes) {
    const kind = kindOf(spec, kinds)
    return {
      what: 'an exchange through the link, against one around it',
      ...(timed.includes(kind) ? {} : { biteLooks: 1 }),
      look: async () => {
        const [through, around] = [
          await eyes.exchange(spec.part.through),
          await eyes.exchange(spec.part.around),
        ]
        return { through, around }
      },
      text: (reading) => textOf(kind, reading),
      bites: (before, now) => !isHit(kind, spec, before) && isHit(kind, spec, now),
      heals: (_before, now) => now.through.end === 'closed' && !isHit(kind, spec, now),
    }
  },
  async residue(spec, hands) {
    const proxy = await proxyOf(spec, hands)
    return [
      ...toxicsIn(proxy, spec).own.map((name) => `the toxic ${name} of ${spec.target}`),
      ...(switchedOff(spec, proxy) ? [`the proxy of ${spec.target} is switched off`] : []),
    ]
  },
}
