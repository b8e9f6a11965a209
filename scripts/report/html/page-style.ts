// The style sheet of report.html. Colours have names here once; the page's script reads the same names for its charts.

const light = `
  --page: #fcfcfb; --card: #ffffff; --text: #1d2127; --quiet: #5c646e; --line: #dfe2e6; --soft: #f3f4f5; --link: #1f5fa8;
  --pass: #1b7a4a; --fail: #bf2c25; --undecided: #8a5f00; --invalid: #6a45b8;
  --pass-soft: #e9f5ee; --fail-soft: #fdeeec; --undecided-soft: #fbf3e0; --invalid-soft: #f1ecfb;
  --series-1: #1f6fb8; --series-2: #c55a11; --series-3: #5b8c2a; --series-4: #8a4fb0; --series-5: #b5892b; --series-6: #2a8c8c;
  --series-7: #b8436f; --series-8: #5c646e;
  --band-warmup: #8a929c22; --band-normal: #8a929c0a; --band-burst: #d99a1f2b; --band-peak: #d9721f2b; --band-overload: #c93a2f2b;
  --band-fault: #c93a2f38; --band-degraded: #b3621f30; --band-recovery: #2a8c8c26; --band-handover: #8a4fb026;`

const dark = `
  --page: #14171b; --card: #1b1f24; --text: #e4e7eb; --quiet: #9aa3ad; --line: #343a42; --soft: #22272d; --link: #84b6ee;
  --pass: #58c48c; --fail: #f28b82; --undecided: #e0b252; --invalid: #b79cf0;
  --pass-soft: #17301f; --fail-soft: #3a1d1b; --undecided-soft: #332912; --invalid-soft: #2a2140;
  --series-1: #6fb0ee; --series-2: #f0995a; --series-3: #9cca6a; --series-4: #c79ae6; --series-5: #e0bd6a; --series-6: #68c8c8;
  --series-7: #ee8fb2; --series-8: #a9b1ba;
  --band-warmup: #a9b1ba22; --band-normal: #a9b1ba0c; --band-burst: #e0b25230; --band-peak: #f0995a30; --band-overload: #f28b8230;
  --band-fault: #f28b8240; --band-degraded: #e59a5c38; --band-recovery: #68c8c82b; --band-handover: #c79ae62b;`

const frame = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0 auto; max-width: 82rem; padding: 1.5rem clamp(1rem, 3vw, 2.5rem) 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1, h2, h3, h4 { line-height: 1.25; font-weight: 650; }
h2 { font-size: 1.375rem; margin: 0 0 .5rem; }
h3 { font-size: 1.0625rem; margin: 1.5rem 0 .5rem; }
h4 { font-size: .9375rem; margin: 1.25rem 0 .4rem; }
p { margin: .4rem 0; max-width: 75ch; }
section { margin-top: 2.75rem; }
.quiet, .note, figcaption + * .quiet { color: var(--quiet); }
.note { font-size: .9375rem; }
.absent { color: var(--quiet); border-left: 3px solid var(--line); padding-left: .75rem; }
.hidden, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-top: 1rem; font-size: .9375rem; }
`

const verdict = `
.verdict { border: 1px solid var(--line); border-left: .5rem solid var(--tone); background: var(--tone-soft); border-radius: .5rem;
  padding: 1.25rem clamp(1rem, 3vw, 2rem) 1.25rem; }
.pass { --tone: var(--pass); --tone-soft: var(--pass-soft); }
.fail { --tone: var(--fail); --tone-soft: var(--fail-soft); }
.undecided { --tone: var(--undecided); --tone-soft: var(--undecided-soft); }
.invalid { --tone: var(--invalid); --tone-soft: var(--invalid-soft); }
.over { color: var(--quiet); font-size: .9375rem; margin: 0; }
h1 { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .8rem; margin: .35rem 0 .25rem; font-size: clamp(2rem, 5vw, 3rem); }
h1 .word { color: var(--tone); letter-spacing: .01em; }
h1 .rest { font-size: clamp(1.0625rem, 2.2vw, 1.375rem); font-weight: 500; min-width: 0; overflow-wrap: anywhere; }
h1 .mark { width: .9em; height: .9em; }
.mark { width: 1.05em; height: 1.05em; flex: none; fill: var(--tone); vertical-align: -.16em; }
.mark .sign, symbol .sign { fill: none; stroke: var(--card); stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; }
.reasons { margin: .5rem 0; padding-left: 1.25rem; max-width: 90ch; }
.tally { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: .75rem 0; font-weight: 550; }
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2rem; margin: .75rem 0 0; }
.facts dt { color: var(--quiet); font-size: .8125rem; }
.facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.badge { display: inline-flex; align-items: center; gap: .35em; color: var(--tone); font-weight: 650; font-size: .875rem; white-space: nowrap; }
`

const tables = `
table { border-collapse: collapse; width: 100%; font-size: .9063rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--quiet); font-size: .8125rem; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; max-width: 100%; }
.scroll th[scope=row], .scroll code { white-space: nowrap; }
tr.broken th { color: var(--fail); font-weight: 600; }
.criteria th[scope=row] { min-width: 12rem; }
.criteria td:last-child { min-width: 14rem; max-width: 26rem; padding-right: 0; }
.criteria code { font-weight: 600; }
@media (min-width: 62.01rem) { .criteria td[data-label='95 % bounds'] { white-space: nowrap; } }
.promise { display: block; color: var(--quiet); }
.bar { display: block; margin-top: .25rem; max-width: 100%; overflow: visible; }
.bar path { fill: none; } .bar .track { stroke: var(--line); stroke-width: 2; }
.bar .range { stroke: var(--tone); stroke-width: 6; opacity: .4; } .bar .limit { stroke: var(--text); stroke-width: 1.5; }
.bar circle { fill: var(--tone); }
.minutes { width: auto; } .minutes .count { stroke: var(--fail); stroke-width: 8; }
.minutes svg { vertical-align: middle; }
@media (max-width: 62rem) {
  .criteria, .criteria tbody { display: block; }
  .criteria thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .criteria tr { display: grid; grid-template-columns: 1fr 1fr; gap: .15rem 1rem; border: 1px solid var(--line); border-left: .3rem solid var(--tone);
    border-radius: .4rem; background: var(--card); padding: .75rem 1rem; margin-bottom: .75rem; }
  .criteria td, .criteria th, .criteria td:last-child { display: block; border: 0; padding: .15rem 0; min-width: 0; max-width: none; }
  .criteria td.status, .criteria th[scope=row], .criteria td:last-child { grid-column: 1 / -1; }
  .criteria td[data-label]::before { content: attr(data-label); display: block; color: var(--quiet); font-size: .8125rem; }
}
`

const details = `
.witness { border: 1px solid var(--line); border-radius: .5rem; background: var(--card); padding: .25rem clamp(.9rem, 2vw, 1.5rem) 1.25rem; margin-top: 1rem; }
.witness h3 { margin-top: 1rem; }
.beside { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; align-items: flex-start; margin-top: .5rem; }
.beside > .scroll { flex: 1 1 34rem; min-width: 0; }
pre { margin: 0; padding: .75rem 1rem; background: var(--soft); border-radius: .4rem; overflow-x: auto; line-height: 1.45; }
pre.log { max-height: 18rem; overflow: auto; white-space: pre; }
.command { position: relative; } .command pre { padding-right: 5.5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.command button { position: absolute; top: .4rem; right: .4rem; font: inherit; font-size: .8125rem; padding: .2rem .7rem; border-radius: .3rem;
  border: 1px solid var(--line); background: var(--card); color: var(--text); cursor: pointer; }
details { margin-top: .5rem; } summary { cursor: pointer; color: var(--link); font-size: .9063rem; }
.pairs { margin: .5rem 0 0; } .pairs > div { display: grid; grid-template-columns: minmax(9rem, 18rem) 1fr; gap: .1rem 1.25rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
.pairs dd { margin: 0; overflow-wrap: anywhere; min-width: 0; } .pairs dt { overflow-wrap: anywhere; min-width: 0; }
@media (max-width: 40rem) { .pairs > div { grid-template-columns: 1fr; } }
.files { columns: 16rem; padding-left: 1.25rem; }
`

const charts = `
.violations > li { margin: .6rem 0; } .violations .events { list-style: none; margin: .3rem 0 0; padding: 0 0 0 .9rem; border-left: 2px solid var(--line); font-size: .9375rem; }
.violations .events li { position: relative; margin: .15rem 0; } .violations .events li::before { content: ""; position: absolute; left: -1.2rem; top: .5em; width: .5rem; height: .5rem; border-radius: 50%; background: var(--fail); }
.phases { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; list-style: none; padding: 0; margin: .5rem 0 0; font-variant-numeric: tabular-nums; }
.band { display: inline-block; width: 1.1em; height: .9em; border: 1px solid var(--line); border-radius: .15em; margin-right: .4em; vertical-align: -.08em; }
.band.warmup { background: var(--band-warmup); } .band.normal { background: var(--band-normal); } .band.burst { background: var(--band-burst); }
.band.peak { background: var(--band-peak); } .band.overload { background: var(--band-overload); } .band.fault { background: var(--band-fault); } .band.degraded { background: var(--band-degraded); }
.band.recovery { background: var(--band-recovery); } .band.handover { background: var(--band-handover); }
#time { margin-bottom: -1.5rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 34rem), 1fr)); gap: 1.25rem 1.75rem; margin-top: .75rem; }
figure { margin: 0; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem .9rem; }
figcaption { font-weight: 600; font-size: .9375rem; }
[data-charts] .chart { min-height: 13rem; }
.uplot { font-family: inherit; } .u-legend { font-size: .8125rem; text-align: left; }
.u-legend th, .u-legend td { border: 0; padding: .1rem .25rem; vertical-align: middle; } .u-legend.u-inline .u-series { margin-right: .9rem; }
.u-legend.u-inline .u-series th::after { content: ""; } .u-legend .u-value { color: var(--quiet); min-width: 4.2em; }
.u-legend.u-live .u-series:first-child .u-value { min-width: 3.5em; }
.u-legend .u-marker { width: 1.5em; height: 0; border-width: 0 0 2px !important; border-radius: 0; }
.u-cursor-x, .u-cursor-y { border-color: var(--quiet) !important; }
`

const ramp = `
.ramp { display: block; width: 100%; min-width: 38rem; max-width: 60rem; margin: .5rem auto 0; }
.ramp text { font-size: 13px; fill: var(--quiet); font-variant-numeric: tabular-nums; } .ramp .strong { fill: var(--text); font-weight: 600; }
.ramp .frame, .ramp .grid { fill: none; stroke: var(--line); } .ramp .frame { stroke: var(--quiet); }
.fit, .ideal, .knee, .capacity, .error { fill: none; } .fit { stroke: var(--series-1); stroke-width: 2.5; }
.ideal { stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 6 5; } .uncertain { fill: var(--series-1); opacity: .2; }
.knee { stroke: var(--series-2); stroke-width: 2; } .knee-range { fill: var(--series-2); opacity: .14; }
.capacity { stroke: var(--pass); stroke-width: 2; stroke-dasharray: 2 3; } .ramp .capacity-name { fill: var(--pass); }
.error { stroke: var(--text); stroke-width: 1.25; } .point { stroke-width: 2.5; fill: var(--card); }
.point.yes { stroke: var(--pass); fill: var(--pass); } .point.no { stroke: var(--fail); stroke-width: 3; } .point.undecided { stroke: var(--undecided); }
.point.overload { stroke: var(--series-4); }
.ramp-key { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; list-style: none; padding: 0; margin: .5rem 0 0; font-size: .875rem; }
.ramp-key svg { vertical-align: middle; } .wide { margin-top: 1rem; } .ramp-steps { margin-top: 1rem; }
.ramp-steps td:last-child { min-width: 20rem; }
`

const print = `
@media print {
  .ramp { min-width: 0; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav, .skip, .command button { display: none; }
  section { margin-top: 1.5rem; } figure, .witness tr, .criteria tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .charts { grid-template-columns: 1fr; } pre.log { max-height: none; white-space: pre-wrap; overflow-wrap: anywhere; }
  .verdict, .badge, .mark, .bar, .band, figure { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`

export const pageStyle = `:root { color-scheme: light dark;${light} }
@media (prefers-color-scheme: dark) { :root:not([data-paper]) {${dark} } }
@media print { :root {${light} } }
${frame}${verdict}${tables}${details}${charts}${ramp}${print}`
