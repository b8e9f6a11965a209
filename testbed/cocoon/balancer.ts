// One address in front of the gateways. Needs PORT, UPSTREAMS (gateway addresses, comma separated) and PAYOUT_URL.
import { names, text, whole } from '../environment.ts'
import { MalformedVariable } from '../environment.ts'
import { defectsByName } from './defects/index.ts'
import { Proxy } from './proxy.ts'
import { openLog, start } from '../service.ts'

const log = openLog('balancer')

await start(log, async () => {
  const port = whole('PORT', 8080, 1)
  const upstreams = names('UPSTREAMS')
  if (upstreams.length === 0 || !upstreams.every((upstream) => URL.canParse(upstream)))
    throw new MalformedVariable(
      'The variable UPSTREAMS must hold the addresses of the gateways, separated by commas.',
    )
  const neverMarksDown = defectsByName(names('DEFECTS')).some((defect) => defect.sendsToTheDead)
  const proxy = new Proxy({ gateways: upstreams, payout: text('PAYOUT_URL'), log, neverMarksDown })
  await proxy.listen(port, process.env['HOST'] ?? '127.0.0.1')
  log.info({ port, upstreams }, 'listening')
  const end = (signal: string) => {
    log.info({ signal }, 'ending')
    void proxy.close().finally(() => process.exit(0))
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
})
