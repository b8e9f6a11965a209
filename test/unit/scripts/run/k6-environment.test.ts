// What k6 gets of the user's environment: a closed list, of which nothing secret is shown.
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkK6Variables, passedOn, wayNotes } from '../../../../scripts/run/k6-environment.ts'
import { outputsIn } from '../../../../scripts/run/k6-outputs.ts'

describe('variables of k6', () => {
  test.each([
    ['K6_VUS', 'the load is the plan of the case: PROFILE='],
    ['K6_DURATION', 'DURATION= cuts a run short'],
    ['K6_OUT', 'write OUT='],
    ['K6_WEB_DASHBOARD_PORT', 'k6-dashboard.html'],
    ['K6_INSECURE_SKIP_TLS_VERIFY', 'SSL_CERT_FILE='],
    ['K6_HTTP_DEBUG', 'unset it'],
    ['K6_OF_TOMORROW', 'unset it'],
  ])('%s is named, with what to do', (name, advice) => {
    const check = () => checkK6Variables({ [name]: 'hidden' })
    expect(check).toThrow(`${name} in the environment`)
    expect(check).toThrow(advice)
    expect(check).not.toThrow('hidden')
  })

  test.each([
    'K6_NO_USAGE_REPORT',
    'K6_AUTO_EXTENSION_RESOLUTION',
    'K6_CLOUD_TOKEN',
    'K6_PROMETHEUS_RW_SERVER_URL',
    'K6_OTEL_SERVICE_NAME',
    'K6_INFLUXDB_ADDR',
    'K6_STATSD_ADDR',
    'K6',
    'PATH',
  ])('%s stops nothing', (name) => expect(() => checkK6Variables({ [name]: 'x' })).not.toThrow())

  test('an empty one is not set', () => expect(() => checkK6Variables({ K6_VUS: '' })).not.toThrow())
})

const environment = {
  PATH: '/bin',
  AWS_SECRET_ACCESS_KEY: 'of somebody else',
  NODE_OPTIONS: '--inspect',
  GODEBUG: 'http2client=0',
  EMPTY: '',
  SSL_CERT_FILE: 'authority.pem',
  SSL_CERT_DIR: `certificates${path.delimiter}/etc/certificates`,
  HTTPS_PROXY: 'http://me:hunter22@proxy.example:3128',
  no_proxy: 'pool.example',
  KUBECONFIG: 'cluster.yml',
  K6_NO_USAGE_REPORT: 'false',
  K6_CLOUD_TOKEN: 'cloud',
  K6_PROMETHEUS_RW_SERVER_URL: 'http://127.0.0.1:9090/api/v1/write',
  K6_PROMETHEUS_RW_PASSWORD: 'hunter23',
  K6_PROMETHEUS_RW_BEARER_TOKEN: 'hunter24',
  K6_PROMETHEUS_RW_HTTP_HEADERS: 'X-Key:hunter25',
  'K6_PROMETHEUS_RW_HEADERS_X-KEY': 'hunter26',
  K6_PROMETHEUS_RW_SIGV4_ACCESS_KEY: 'hunter27',
  K6_PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY: 'client.key',
  K6_OTEL_HEADERS: 'X-Key=hunter28',
  K6_OTEL_TLS_CERTIFICATE: 'otel.pem',
  OTEL_EXPORTER_OTLP_HEADERS: 'X-Key=hunter29',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/?token=hunter30',
  OTEL_SERVICE_NAME: 'tests',
  K6_INFLUXDB_ADDR: 'http://me:hunter31@influx.example:8086',
}

describe('what is passed on', () => {
  test('is only what says whom to trust and which way to take; files are seen from the folder of the caller', () =>
    expect(passedOn(environment, [])).toEqual({
      values: {
        SSL_CERT_FILE: path.resolve('authority.pem'),
        SSL_CERT_DIR: [path.resolve('certificates'), '/etc/certificates'].join(path.delimiter),
        HTTPS_PROXY: environment.HTTPS_PROXY,
        no_proxy: 'pool.example',
      },
      secrets: ['HTTPS_PROXY'],
    }))

  test('is the cluster where pods are disturbed', () =>
    expect(passedOn(environment, [], { inPods: true }).values['KUBECONFIG']).toBe(
      path.resolve('cluster.yml'),
    ))

  test.each([
    ['experimental-prometheus-rw', ['K6_PROMETHEUS_RW_'], 7],
    ['opentelemetry', ['K6_OTEL_', 'OTEL_'], 5],
    ['experimental-opentelemetry', ['K6_OTEL_', 'OTEL_'], 5],
    ['influxdb', ['K6_INFLUXDB_'], 1],
  ])('is what belongs to the output %s, and nothing of others', (out, families, count) => {
    const { values } = passedOn(environment, outputsIn(out))
    const own = Object.keys(values).filter((name) => /^(K6|OTEL)_/.test(name))
    expect(own.filter((name) => !families.some((family) => name.startsWith(family)))).toEqual([])
    expect(own).toHaveLength(count)
  })

  test('has every secret among those that are never shown, and no file', () => {
    const { values, secrets } = passedOn(
      environment,
      outputsIn('experimental-prometheus-rw,opentelemetry,influxdb'),
    )
    for (const [name, value] of Object.entries(values))
      expect([name, secrets.includes(name)]).toEqual([name, value.includes('hunter')])
    expect(values['K6_PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY']).toBe(path.resolve('client.key'))
    expect(values['K6_OTEL_TLS_CERTIFICATE']).toBe(path.resolve('otel.pem'))
  })
})

describe('the way to somebody’s own target', () => {
  const way = (own: Record<string, string>, isOnLoopback: boolean): string[] =>
    wayNotes(passedOn(own, []), isOnLoopback)

  test('is said where it leads through a proxy, without its address', () => {
    const own = { HTTPS_PROXY: environment.HTTPS_PROXY, NO_PROXY: 'a' }
    expect(way(own, false)).toEqual([
      'k6 reaches the target through the proxy of HTTPS_PROXY, unless NO_PROXY names its host',
    ])
    expect(way(own, true)).toEqual([])
    expect(way({ NO_PROXY: 'a' }, false)).toEqual([])
  })

  test('is not begun with certificates that are not there', () => {
    const file = path.resolve('no-such.pem')
    expect(() => way({ SSL_CERT_FILE: 'no-such.pem' }, true)).toThrow(`there is no file ${file}`)
    expect(() => way({ SSL_CERT_FILE: 'test' }, true)).toThrow('there is no file')
    expect(way({ SSL_CERT_FILE: 'package.json' }, true)).toEqual([])
  })
})
