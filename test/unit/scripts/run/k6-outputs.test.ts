// OUT=: outputs of k6 by a closed list, checked before anything starts.
import path from 'node:path'
import { expect, test } from 'vitest'
import { outputArguments, outputsIn, undelivered } from '../../../../scripts/run/k6-outputs.ts'

const alone = { index: 1, of: 1 }
const second = { index: 2, of: 3 }

test.each<[string | undefined, string[]]>([
  [undefined, []],
  ['', []],
  ['experimental-prometheus-rw', ['--out', 'experimental-prometheus-rw']],
  ['opentelemetry', ['--out', 'opentelemetry']],
  ['influxdb=http://127.0.0.1:8086/k6', ['--out', 'influxdb=http://127.0.0.1:8086/k6']],
  ['output-statsd', ['--out', 'output-statsd']],
  ['json=series.json.gz', ['--out', `json=${path.resolve('series.json.gz')}`]],
  [
    'csv=/tmp/a.csv, experimental-prometheus-rw',
    ['--out', 'csv=/tmp/a.csv', '--out', 'experimental-prometheus-rw'],
  ],
])('OUT=%s', (out, words) => expect(outputArguments(outputsIn(out), alone)).toEqual(words))

test('of several processes each writes its own file, and marks its series', () => {
  expect(outputArguments(outputsIn('json=/tmp/a.json.gz,csv=/tmp/b'), second)).toEqual([
    '--out',
    'json=/tmp/a-2.json.gz',
    '--out',
    'csv=/tmp/b-2',
    '--tag',
    'k6_process=2',
  ])
  expect(outputArguments([], second)).toEqual([])
})

test.each([
  ['web-dashboard', 'every run has it already'],
  ['web-dashboard=port=1', 'every run has it already'],
  ['cloud', '`k6 cloud run`'],
  ['statsd', 'opentelemetry takes its place'],
  ['constructor', 'unknown output "constructor"; valid: json, csv'],
  ['prometheus', 'experimental-prometheus-rw'],
  ['json', 'write OUT=json=file'],
  ['csv=-', 'write OUT=csv=file'],
  ['csv=a=b.csv', 'because of its "="'],
  ['json=a,b.json', 'unknown output "b.json"'],
  ['json=no-such/a.json', `there is no folder ${path.resolve('no-such')} for a.json`],
  ['json=test', `${path.resolve('test')} is a folder`],
  ['influxdb=http://me:hunter2@127.0.0.1:8086/k6', 'give those in the environment'],
  ['influxdb=http://127.0.0.1:8086/k6?password=hunter2', 'give those in the environment'],
  ['http://me:hunter2@127.0.0.1', 'unknown output "..."'],
])('OUT=%s is refused', (out, message) => {
  expect(() => outputsIn(out)).toThrow(message)
  expect(() => outputsIn(out)).not.toThrow('hunter2')
})

test('what an output could not take is said once', () => {
  const line = (fields: object): string => JSON.stringify({ level: 'error', output: 'Remote', ...fields })
  const log = [
    line({ msg: 'Failed to send', error: 'refused' }),
    line({ msg: 'Failed to send', error: 'refused' }),
    line({ level: 'info', msg: 'Started' }),
    JSON.stringify({ level: 'error', msg: 'of the script' }),
    '{"output":',
  ].join('\n')
  expect(undelivered(log)).toEqual(['Remote: Failed to send (refused)'])
  expect(undelivered('')).toEqual([])
})
