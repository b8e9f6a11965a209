// One address in front of the gateways. Needs PORT, UPSTREAMS (gateway addresses, comma separated) and PAYOUT_URL.
import { MalformedVariable, names, text, whole } from '../../service/environment.ts'
import { defects as planted } from '../defects/index.ts'
import { defectsNamed } from '../../testbed.ts'
import { Balancer } from '../../service/balancer.ts'
import { openLog, start } from '../../service/program.ts'
import { seededRandom } from '../../service/random.ts'

/** What the payout service answers. */
const paymentPaths = /^\/api\/v1\/(ledger|payouts|accounts)(\/|\?|$)/

const log = openLog('balancer')

await start(log, async () => {
  const port = whole('PORT', 8080, 1)
  const upstreams = names('UPSTREAMS')
  if (upstreams.length === 0 || !upstreams.every((upstream) => URL.canParse(upstream)))
    throw new MalformedVariable(
      'The variable UPSTREAMS must hold the addresses of the gateways, separated by commas.',
    )
  const defects = defectsNamed(planted, names('DEFECTS'))
  const random = seededRandom(whole('SEED', 1))
  const others = [{ paths: paymentPaths, url: text('PAYOUT_URL') }]
  const balancer = new Balancer({
    upstreams,
    others,
    log,
    neverMarksDown: defects.some((defect) => defect.sendsToTheDead),
    resets: (request) => defects.some((defect) => defect.resets?.(request, random)),
  })
  await balancer.listen(port, process.env['HOST'] ?? '127.0.0.1')
  log.info({ port, upstreams }, 'listening')
  const end = (signal: string) => {
    log.info({ signal }, 'ending')
    void balancer.close().finally(() => process.exit(0))
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
})
