// The plan of the benchmark: the baseline's, shortened to one steady phase in which tasks take no time.

/** The k6 scenario of the arrivals. */
export const place = 'client_steady'

export function shortened(data, { perSecond, seconds, virtualUsers }) {
  const stretch = { actor: 'client', phase: 'steady', kind: 'normal', start: 0, seconds, work: true }
  const steady = data.phases.find(({ name }) => name === 'steady')
  const span = { start: 0, end: seconds }
  const rest = { ...data.rest, start: seconds, end: seconds }
  return {
    ...data,
    phases: [{ ...steady, ...span, added: { ...steady.added, workSeconds: 0 } }],
    rest: { ...rest, added: { ...rest.added, workSeconds: 0 } },
    levels: [{ ...span, from: virtualUsers, to: virtualUsers }],
    segments: { [place]: { ...stretch, from: perSecond, to: perSecond } },
    residents: { follower: virtualUsers, worker: virtualUsers },
    driveSeconds: seconds,
    settleSeconds: 0,
  }
}
