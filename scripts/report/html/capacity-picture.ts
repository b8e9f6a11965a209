// The picture of a ramp: throughput by level, the fitted curve with its band, the knee and the capacity, as one SVG.
import type { Capacity } from '../../../verdict/capacity.ts'
import type { Held } from '../../../verdict/steps.ts'
import { figure } from '../figures.ts'
import { capitalised, type Markup, markup } from '../text.ts'

const size = { width: 880, height: 430 }
const plot = { left: 66, right: 864, top: 34, bottom: 376 }
/** Room beyond the largest value, so that no mark sits on the frame. */
const headroom = 1.08
const wantedTicks = 6

/** Round numbers from 0 up to the largest one, about as many as wanted. */
function ticks(most: number): number[] {
  const rough = most / wantedTicks
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, index) => index * step)
}

interface Scales {
  x: (level: number) => number
  y: (perSecond: number) => number
  mostLevel: number
  mostPerSecond: number
}

/** Both axes start at 0: a curve that bends must not look steeper than it is. */
function scalesOf({ steps, usl, goodput }: Capacity): Scales {
  const mostLevel = Math.max(
    headroom * Math.max(...steps.map((step) => step.level), goodput?.overloadLevel ?? 0),
    usl?.curve.at(-1)?.level ?? 0,
  )
  const mostPerSecond =
    headroom *
    Math.max(
      ...steps.map((step) => step.completedInterval[1]),
      ...(usl?.curve ?? []).map((point) => point.perSecond),
      goodput?.overloadPerSecond ?? 0,
    )
  const place = (value: number, most: number, from: number, to: number): number =>
    Number((from + Math.min(1, Math.max(0, value / most)) * (to - from)).toFixed(1))
  return {
    mostLevel,
    mostPerSecond,
    x: (level) => place(level, mostLevel, plot.left, plot.right),
    y: (perSecond) => place(perSecond, mostPerSecond, plot.bottom, plot.top),
  }
}

function axes({ x, y, mostLevel, mostPerSecond }: Scales, unit: string): Markup {
  const middle = (plot.top + plot.bottom) / 2
  return markup`<g class="axes">${ticks(mostPerSecond).map(
    (value) =>
      markup`<path class="grid" d="M${plot.left} ${y(value)}H${plot.right}"/><text x="${plot.left - 8}" y="${y(value) + 4}" text-anchor="end">${figure(value)}</text>`,
  )}${ticks(mostLevel).map(
    (value) =>
      markup`<path class="grid" d="M${x(value)} ${plot.bottom}v5"/><text x="${x(value)}" y="${plot.bottom + 20}" text-anchor="middle">${figure(value)}</text>`,
  )}<path class="frame" d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}"/>
<text x="${(plot.left + plot.right) / 2}" y="${size.height - 10}" text-anchor="middle">${capitalised(unit)}</text>
<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">Completed per second</text></g>`
}

const path = (points: (readonly [x: number, y: number])[]): string =>
  points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')

function fitted({ usl }: Capacity, { x, y, mostLevel, mostPerSecond }: Scales): Markup | null {
  if (usl === null) return null
  const band = [
    ...usl.curve.map((point) => [x(point.level), y(point.high ?? mostPerSecond)] as const),
    ...usl.curve.toReversed().map((point) => [x(point.level), y(point.low)] as const),
  ]
  const line = usl.curve.map((point) => [x(point.level), y(point.perSecond)] as const)
  // The straight line leaves the picture through its top or its side, whichever comes first.
  const end = Math.min(mostLevel, mostPerSecond / usl.lambda.value)
  return markup`<path class="uncertain" d="${path(band)}Z"/><path class="ideal" d="M${x(0)} ${y(0)}L${x(end)} ${y(usl.lambda.value * end)}"/><path class="fit" d="${path(line)}"/>`
}

/** Wide enough for the longest name of a line. */
const nameWidth = 190

/** A text beside an upright line stands left of it, where the curve comes from, or right of it near the frame. */
const beside = (x: number): { x: number; anchor: string } =>
  x > plot.left + nameWidth ? { x: x - 7, anchor: 'end' } : { x: x + 7, anchor: 'start' }

/** The knee's name stands above the frame, where no point can be. */
function knee({ usl }: Capacity, { x }: Scales): Markup | null {
  if (usl === null || usl.knee === null) return null
  const { level, low, high } = usl.knee
  const at = x(level)
  const label = beside(at)
  return markup`<rect class="knee-range" x="${x(low)}" y="${plot.top}" width="${Math.max(1, x(high) - x(low))}" height="${plot.bottom - plot.top}"/><path class="knee" d="M${at} ${plot.top - 8}V${plot.bottom}"/><text class="strong" x="${label.x}" y="${plot.top - 12}" text-anchor="${label.anchor}">knee ${figure(level)} (${figure(low)} to ${figure(high)})</text>`
}

function held({ steps, last }: Capacity, { x, y }: Scales): Markup | null {
  const step = last === null ? undefined : steps[last]
  if (step === undefined) return null
  const at = x(step.level)
  const label = beside(at)
  return markup`<path class="capacity" d="M${at} ${y(step.completedPerSecond)}V${plot.bottom}"/><text class="strong capacity-name" x="${label.x}" y="${plot.bottom - 10}" text-anchor="${label.anchor}">capacity ${figure(step.level)}</text>`
}

/** One outline for each answer, so that none depends on seeing colours. */
const outlines: Record<Held | 'overload', string> = {
  yes: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z',
  no: 'M-5 -5L5 5M5 -5L-5 5',
  undecided: 'M0 -7L7 0L0 7L-7 0Z',
  overload: 'M-5 -5H5V5H-5Z',
}

function points({ steps, goodput }: Capacity, { x, y }: Scales): Markup {
  const marks = steps.map((step) => {
    const [low, high] = step.completedInterval
    const [at, bottom, top] = [x(step.level), y(low), y(high)]
    return markup`<path class="error" d="M${at} ${bottom}V${top}M${at - 4} ${bottom}h8M${at - 4} ${top}h8"/><path class="point ${step.held}" transform="translate(${at} ${y(step.completedPerSecond)})" d="${outlines[step.held]}"/>`
  })
  if (goodput === null) return markup`${marks}`
  const [at, height] = [x(goodput.overloadLevel), y(goodput.overloadPerSecond)]
  const label = beside(at)
  return markup`${marks}<path class="point overload" transform="translate(${at} ${height})" d="${outlines.overload}"/><text x="${label.x}" y="${height + 20}" text-anchor="${label.anchor}">overload</text>`
}

function key({ steps, usl, goodput }: Capacity, unit: string): Markup {
  const sample = (content: Markup): Markup =>
    markup`<svg viewBox="-16 -8 32 16" width="32" height="16" aria-hidden="true">${content}</svg>`
  const outline = (kind: keyof typeof outlines): Markup =>
    sample(markup`<path class="point ${kind}" d="${outlines[kind]}"/>`)
  const names: [Held, string][] = [
    ['yes', 'step that held'],
    ['no', 'step that broke a criterion'],
    ['undecided', 'step with too little evidence'],
  ]
  const seen = names.filter(([kind]) => steps.some((step) => step.held === kind))
  const line = (name: string): Markup => sample(markup`<path class="${name}" d="M-15 0H15"/>`)
  return markup`<ul class="ramp-key">${seen.map(([kind, name]) => markup`<li>${outline(kind)} ${name}</li>`)}${
    goodput !== null && markup`<li>${outline('overload')} overload, completed in time</li>`
  }${
    usl !== null &&
    markup`<li>${line('fit')} fitted curve</li><li>${sample(markup`<path class="uncertain" d="M-15 -6H15V6H-15Z"/>`)} its 95 % band</li><li>${line('ideal')} linear scaling, if ${unit} cost each other nothing</li>`
  }${usl !== null && usl.knee !== null && markup`<li>${line('knee')} knee, and where it lies at 95 %</li>`}</ul>`
}

/** The picture with its key. `description` says in words what it shows. */
export function capacityPicture(capacity: Capacity, unit: string, description: string): Markup {
  const scales = scalesOf(capacity)
  return markup`<svg class="ramp" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="ramp-title ramp-description"><title id="ramp-title">Throughput by ${unit}</title><desc id="ramp-description">${description}</desc>
${axes(scales, unit)}${knee(capacity, scales)}${fitted(capacity, scales)}${held(capacity, scales)}${points(capacity, scales)}</svg>${key(capacity, unit)}`
}
