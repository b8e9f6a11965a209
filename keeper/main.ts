// The keeper's process. It is started detached, in a session of its own, by startKeeper() of client.ts.
import { Value } from 'typebox/value'
import { reasonOf } from './keeper-error.ts'
import { Keeper } from './keeper.ts'
import { KeeperSettings, settingsVariable, tokenVariable } from './requests.ts'

function settings(): KeeperSettings {
  const given: unknown = JSON.parse(process.env[settingsVariable] ?? 'null')
  if (Value.Check(KeeperSettings, given)) return given
  const first = [...Value.Errors(KeeperSettings, given)].map((one) => `${one.instancePath} ${one.message}`)
  throw new Error(`${settingsVariable} is malformed: ${first.join(', ') || 'nothing was given'}`)
}

async function main(): Promise<void> {
  const token = process.env[tokenVariable] ?? ''
  if (token.length < 32) throw new Error(`${tokenVariable} must hold a token of at least 32 characters`)
  const keeper = new Keeper(settings())
  delete process.env[tokenVariable]
  delete process.env[settingsVariable]
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void keeper.close(`it was sent ${signal}`))
  process.on('SIGHUP', () => {})
  // What comes unforeseen must not leave services without an owner.
  process.on('uncaughtException', (thrown) => {
    process.exitCode = 1
    process.stderr.write(`${thrown.stack ?? reasonOf(thrown)}\n`)
    void keeper.close(`it failed: ${reasonOf(thrown)}`)
  })
  const ready = await keeper.open(token)
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  await keeper.over
  await keeper.shut()
  process.exit()
}

// The runner closes its ends of these once the keeper is ready, or dies: neither may end the keeper.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
main().catch((thrown: unknown) => {
  process.stderr.write(`${reasonOf(thrown)}\n`, () => process.exit(1))
})
