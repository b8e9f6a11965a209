// Keeps secrets out of everything that the keeper writes down or passes on.
import { StringDecoder } from 'node:string_decoder'

const hidden = '[redacted]'
/** Longer lines are cut: a program that never ends its line must not fill the keeper's memory. */
const longestLine = 64 * 1024
/** What is shorter would be found in too much that is no secret. */
const leastHeader = 8

/**
 * The values never to be written, and the shapes that give a secret away without knowing it: bearer tokens,
 * authorization headers, passwords in addresses.
 */
export class Secrets {
  #values: string[] = []
  longest = 0

  /** Empty values are no secrets. A value's lines, its URL password and its escaped spellings are hidden as well. */
  add(values: Iterable<string>): void {
    const all = new Set(this.#values)
    for (const value of values) for (const spelling of spellings(value)) all.add(spelling)
    this.#values = [...all].sort((a, b) => b.length - a.length)
    this.longest = this.#values[0]?.length ?? 0
  }

  redact(text: string): string {
    let clean = text
    for (const value of this.#values) if (clean.includes(value)) clean = clean.replaceAll(value, hidden)
    if (/authorization/i.test(clean)) {
      clean = clean.replace(
        /(authorization\\?["']?\s*[:=]\s*\\?["']?)(\w+\s+)?[^\s"',}\\]+/gi,
        `$1$2${hidden}`,
      )
    }
    if (/bearer/i.test(clean)) clean = clean.replace(/\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${hidden}`)
    if (clean.includes('://')) clean = clean.replace(/(\w:\/\/[^\s:@/"']*:)[^\s@/"']+@/g, `$1${hidden}@`)
    return clean
  }
}

function spellings(value: string): string[] {
  const parts = value.includes('\n')
    ? value.split(/\r?\n/).filter((line) => line.trim().length >= leastHeader)
    : []
  try {
    const { password } = new URL(value)
    parts.push(password, decodeURIComponent(password))
  } catch {
    // Most secrets are no addresses.
  }
  // Headers in one text: "X-Key:value,Authorization=Bearer value".
  for (const one of value.split(',')) {
    const [, header = ''] = /^\s*[\w-]+\s*[:=]\s*(.*\S)\s*$/.exec(one) ?? []
    if (header.length >= leastHeader) parts.push(header)
  }
  const found = [value, ...parts].flatMap((one) => [
    one,
    encodeURIComponent(one),
    JSON.stringify(one).slice(1, -1),
  ])
  return found.filter((one) => one.trim() !== '')
}

/** Turns the chunks of one output stream into whole, clean lines. */
export class CleanLines {
  readonly #secrets: Secrets
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''
  #skipping = false

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  /** The lines that this chunk completed, each with its line end; '' when none. */
  push(chunk: Buffer): string {
    let text = this.#rest + this.#decoder.write(chunk)
    this.#rest = ''
    if (this.#skipping) {
      const end = text.indexOf('\n')
      if (end === -1) return ''
      this.#skipping = false
      text = text.slice(end + 1)
    }
    const end = text.lastIndexOf('\n') + 1
    this.#rest = text.slice(end)
    const lines = end === 0 ? '' : this.#secrets.redact(text.slice(0, end))
    return this.#rest.length > longestLine + this.#secrets.longest ? lines + this.#cut() : lines
  }

  /** What came after the last line end. */
  end(): string {
    const text = this.#rest + this.#decoder.end()
    this.#rest = ''
    return text === '' || this.#skipping ? '' : `${this.#secrets.redact(text)}\n`
  }

  /** Redacted before it is cut, so that no half of a secret survives at the cut. */
  #cut(): string {
    const clean = this.#secrets.redact(this.#rest)
    this.#rest = ''
    this.#skipping = true
    return `${clean.slice(0, longestLine)} [the rest of this line was cut]\n`
  }
}
