import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CleanLines, Secrets } from '../../../keeper/secrets.ts'

function secretsOf(...values: string[]): Secrets {
  const secrets = new Secrets()
  secrets.add(values)
  return secrets
}

/** All that comes out when the text goes in as these chunks. */
function through(secrets: Secrets, chunks: Buffer[]): string {
  const lines = new CleanLines(secrets)
  return chunks.map((chunk) => lines.push(chunk)).join('') + lines.end()
}

describe('secrets', () => {
  it('hides a value, its lines, its password and its escaped spellings', () => {
    const url = 'postgres://user:p%40ss-w0rd@127.0.0.1:5432/pool'
    const secrets = secretsOf(url, 'a "quoted" value', 'first-line-1\nsecond-line-2')
    const text = [
      `at ${url}`,
      'p@ss-w0rd',
      'p%40ss-w0rd',
      String.raw`a \"quoted\" value`,
      'a%20%22quoted%22%20value',
      'second-line-2',
    ]
    for (const one of text) expect(secrets.redact(one)).not.toMatch(/w0rd|quoted|second/)
    expect(secrets.redact('nothing to hide')).toBe('nothing to hide')
  })

  it('hides each header of several in one value', () => {
    const secrets = secretsOf('X-Key: hunter-2345,X-Scope=pool-of-tests,a=b')
    for (const one of ['X-Key: hunter-2345', 'got hunter-2345', 'pool-of-tests'])
      expect(secrets.redact(one)).not.toMatch(/hunter|pool/)
    expect(secrets.redact('a=b')).toBe('a=b')
  })

  it('hides the longer of two secrets whole when one begins the other', () => {
    expect(secretsOf('token', 'token-of-admin').redact('token-of-admin')).toBe('[redacted]')
  })

  it('hides what looks like a token without knowing it', () => {
    const secrets = secretsOf()
    expect(secrets.redact('Authorization: Bearer abc.DEF-123_x~y+/=')).toBe(
      'Authorization: Bearer [redacted]',
    )
    expect(secrets.redact('{"authorization":"Basic dXNlcjpwYXNz","a":1}')).toBe(
      '{"authorization":"Basic [redacted]","a":1}',
    )
    expect(secrets.redact('got bearer 0123456789abcdef from it')).toBe('got bearer [redacted] from it')
    expect(secrets.redact('to http://me:hunter2@host/path')).toBe('to http://me:[redacted]@host/path')
    expect(secrets.redact('to http://host:80/path?mail=a@b')).toBe('to http://host:80/path?mail=a@b')
  })

  it('ignores an empty value instead of hiding everything', () => {
    expect(secretsOf('', ' ').redact('as it was')).toBe('as it was')
  })

  it('gives the same clean lines however the output was cut into chunks', () => {
    const secret = 'sekret-ü-0123'
    const parts = fc.array(fc.constantFrom(secret, 'plain ', '\n', 'Bearer abcdefgh12', 'ü', 'sekret-'), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(parts, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (texts, sizes) => {
        const whole = Buffer.from(texts.join(''))
        const chunks: Buffer[] = []
        for (let at = 0; at < whole.length;) {
          const size = sizes.next().value as number
          chunks.push(whole.subarray(at, at + size))
          at += size
        }
        const clean = through(secretsOf(secret), chunks)
        expect(clean).toBe(through(secretsOf(secret), [whole]))
        expect(clean).not.toContain(secret)
      }),
    )
  })

  it('cuts a line without an end, and never through a secret', () => {
    const secret = 'S'.repeat(50) + '-end'
    for (const before of [65_500, 65_530, 65_536]) {
      const text = `${'x'.repeat(before)}${secret}${'y'.repeat(200)}\nnext\n`
      const chunks = text.match(/[^]{1,100}/g)!.map((one) => Buffer.from(one))
      const clean = through(secretsOf(secret), chunks)
      expect(clean).not.toContain('SSSS')
      expect(clean).toMatch(/\[the rest of this line was cut\]\nnext\n$/)
    }
  })
})
