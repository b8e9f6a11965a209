// Gives a Toxiproxy its links and ends: node deploy/links.mjs http://toxiproxy:8474. Waits for it to answer.
import { readFile } from 'node:fs/promises'

const withinMs = 30_000
const attemptMs = 2_000
const pauseMs = 200

const [address] = process.argv.slice(2)
const body = await readFile(new URL('links.json', import.meta.url), 'utf8')
const deadline = Date.now() + withinMs

async function populate() {
  const response = await fetch(new URL('/populate', address), {
    method: 'POST',
    body,
    signal: AbortSignal.timeout(attemptMs),
  })
  if (!response.ok) throw new Error(`it answered ${response.status}: ${await response.text()}`)
}

for (;;) {
  try {
    await populate()
    console.log(`${JSON.parse(body).length} links are in place`)
    break
  } catch (error) {
    if (Date.now() > deadline) {
      console.error(`Toxiproxy at ${address} took no links in ${withinMs / 1000} s: ${error.message}`)
      process.exit(1)
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}
