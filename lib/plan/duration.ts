// Durations as people write them: 45s, 10m, 2h, 1h30m.

const unitSeconds: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 }

/** Seconds in a text such as "1h30m"; an error for anything else, zero and a bare number included. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const seconds = parts.reduce(
    (sum, [, value, unit]) => sum + Number(value) * (unitSeconds[unit ?? ''] ?? NaN),
    0,
  )
  if (parts.map(([part]) => part).join('') !== text || !(seconds > 0)) {
    throw new Error(`"${text}" is not a duration; write it as 45s, 10m, 2h or 1h30m, longer than nothing`)
  }
  return seconds
}

/** The shortest such text for a number of seconds. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(1))}s`
  const whole = Math.round(seconds)
  const parts: [number, string][] = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'm'],
    [whole % 60, 's'],
  ]
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${unit}`)
    .join('')
}
