// The script of report.html: draws the curves with uPlot and adds the copy buttons. Plain JavaScript, run by the browser.
export const pageScript = String.raw`
(function () {
  'use strict'
  var data = JSON.parse(document.getElementById('chart-data').textContent)
  var seconds = Array.from({ length: data.count }, function (_, index) { return index * data.step })
  var dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]]
  var colour = function (name) { return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim() }
  var two = function (value) { return String(value).padStart(2, '0') }

  function clock(value) {
    var whole = Math.round(Math.abs(value))
    var minutes = Math.floor(whole / 60)
    var text = minutes < 60 ? two(minutes) + ':' + two(whole % 60)
      : Math.floor(minutes / 60) + ':' + two(minutes % 60) + ':' + two(whole % 60)
    return value < 0 && whole > 0 ? '\u2212' + text : text
  }
  var hours = function (value) { return Math.floor(value / 3600) + ':' + two(Math.round((value % 3600) / 60)) + ' h' }
  var short = function (value) { return String(Number(value.toPrecision(3))) }
  function sized(value) {
    var units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'], step = 0
    while (Math.abs(value) >= 1024 && step < 4) { value /= 1024; step += 1 }
    return short(value) + ' ' + units[step]
  }
  var large = function (value) { return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-GB') : short(value) }
  var write = {
    ms: function (value) { return Math.abs(value) >= 1000 ? short(value / 1000) + ' s' : short(value) + ' ms' },
    perSecond: function (value) { return large(value) + ' /s' },
    count: large,
    cores: function (value) { return short(value) + (value === 1 ? ' core' : ' cores') },
    bytes: sized,
    bytesPerSecond: function (value) { return sized(value) + '/s' },
    share: function (value) { return short(value * 100) + ' %' },
  }
  // Ticks at round times: uPlot's own choice of steps is decimal, minutes are not.
  var timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400]
  // Sizes likewise: ticks at powers of two read as round numbers of MiB.
  var sizeSteps = Array.from({ length: 50 }, function (_, power) { return Math.pow(2, power) })

  // Where each phase and fault lies, in canvas pixels; calls back only for those in sight.
  function eachBand(plot, take) {
    var context = plot.ctx, box = plot.bbox
    context.save()
    context.beginPath()
    context.rect(box.left, box.top, box.width, box.height)
    context.clip()
    data.phases.concat(data.faults).forEach(function (band, index) {
      var from = Math.max(box.left, plot.valToPos(band.from, 'x', true))
      var to = Math.min(box.left + box.width, plot.valToPos(band.to, 'x', true))
      if (to > from) take(context, band, from, to, index)
    })
    context.restore()
  }
  function fillBands(plot) {
    eachBand(plot, function (context, band, from, to, index) {
      context.fillStyle = colour('band-' + band.kind) || 'transparent'
      context.fillRect(from, plot.bbox.top, to - from, plot.bbox.height)
      context.fillStyle = colour('line')
      if (index > 0) context.fillRect(from, plot.bbox.top, window.devicePixelRatio || 1, plot.bbox.height)
    })
  }
  // Names come last, over grid and curves, so that a line never strikes one through.
  function nameBands(plot) {
    var ratio = window.devicePixelRatio || 1, box = plot.bbox
    eachBand(plot, function (context, band, from, to, index) {
      context.font = 11 * ratio + 'px system-ui, sans-serif'
      context.textBaseline = 'top'
      context.textAlign = 'left'
      var width = context.measureText(band.name).width
      if (width + 8 * ratio > to - from) return
      var top = box.top + (index < data.phases.length ? 3 : 17) * ratio
      context.globalAlpha = 0.75
      context.fillStyle = colour('card')
      context.fillRect(from + 2 * ratio, top - ratio, width + 4 * ratio, 13 * ratio)
      context.globalAlpha = 1
      context.fillStyle = colour('quiet')
      context.fillText(band.name, from + 4 * ratio, top)
    })
    plot.ctx.fillStyle = colour('quiet')
    data.marks.forEach(function (one) {
      plot.ctx.fillRect(plot.valToPos(one.at, 'x', true), box.top + box.height - 6 * ratio, ratio, 6 * ratio)
    })
  }

  function axis(values, incrs, size) {
    var result = {
      stroke: function () { return colour('quiet') },
      grid: { stroke: function () { return colour('line') }, width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
      size: size,
      values: values,
    }
    if (incrs) result.incrs = incrs
    return result
  }

  function draw(holder) {
    var chart = data.charts.find(function (one) { return one.id === holder.dataset.chart })
    var text = write[chart.unit]
    var inBytes = chart.unit === 'bytes' || chart.unit === 'bytesPerSecond'
    var whole = chart.unit === 'count'
    var series = chart.lines.map(function (line, index) {
      return {
        label: line.name,
        stroke: function () { return colour('series-' + ((index % 8) + 1)) },
        width: 1.75,
        spanGaps: chart.joined,
        dash: dashes[(index + Math.floor(index / 8)) % 4],
        gaps: wide,
        points: { show: true, size: 4, filter: function (plot, place) { return chart.joined ? [] : alone(plot.data[place]) } },
        value: function (_, value) { return value === null || value === undefined ? '\u2013' : text(value) },
      }
    })
    var options = {
      width: Math.max(200, holder.clientWidth),
      height: 220,
      padding: [null, 28, null, null],
      cursor: { y: false, sync: { key: 'time' } },
      legend: { live: true, markers: { width: 2, stroke: function (plot, place) { return plot.series[place].stroke(plot, place) },
        dash: function (_, place) { return ['solid', 'dashed', 'dotted', 'dashed'][(place - 1 + Math.floor((place - 1) / 8)) % 4] } } },
      scales: { x: { time: false, range: [0, data.count * data.step] },
        y: { range: function (_, low, high) { return [0, high > 0 ? high * 1.18 : 1] } } },
      series: [{ label: 'Time', value: function (_, value) { return value === null || value === undefined ? '\u2013' : clock(value) } }].concat(series),
      axes: [
        axis(function (_, values) { return values.map(data.count * data.step < 7200 ? clock : hours) }, timeSteps, 28),
        axis(function (_, values) { return values.map(text) }, inBytes ? sizeSteps : whole ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] : null, 68),
      ],
      hooks: { drawClear: [fillBands], draw: [nameBands] },
    }
    var plot = new uPlot(options, [seconds].concat(chart.lines.map(function (line) { return line.values })), holder)
    // What the picture says stands in the table below it; its live legend would be read out on every move.
    plot.root.setAttribute('aria-hidden', 'true')
    return { plot: plot, holder: holder }
  }
  // Samples taken once a second now and then fall two into one second and none into the next: no gap of the data.
  var bridged = 2
  function wide(plot, place, from, to, gaps) {
    var point = plot.valToPos(data.step, 'x', true) - plot.valToPos(0, 'x', true)
    return gaps.filter(function (gap) { return gap[1] - gap[0] > (bridged + 1.5) * point })
  }
  // A value far from every other one makes no line, so it gets a point.
  function alone(values) {
    var places = []
    values.forEach(function (value, index) {
      if (value === null) return
      for (var near = 1; near <= bridged + 1; near += 1) {
        if ((values[index - near] ?? null) !== null || (values[index + near] ?? null) !== null) return
      }
      places.push(index)
    })
    return places
  }

  var drawn = Array.from(document.querySelectorAll('[data-chart]'), draw)
  function fit() {
    drawn.forEach(function (one) {
      var width = Math.max(200, one.holder.clientWidth)
      if (width !== one.plot.width) one.plot.setSize({ width: width, height: 220 })
    })
  }
  function redraw() { drawn.forEach(function (one) { one.plot.redraw(false, true) }) }
  window.addEventListener('resize', fit)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  // Paper is white whatever the screen is.
  window.addEventListener('beforeprint', function () { document.documentElement.dataset.paper = ''; fit(); redraw() })
  window.addEventListener('afterprint', function () { delete document.documentElement.dataset.paper; fit(); redraw() })

  document.querySelectorAll('.command').forEach(function (holder) {
    var button = document.createElement('button')
    button.type = 'button'
    button.textContent = 'Copy'
    button.addEventListener('click', function () {
      var code = holder.querySelector('code')
      var chosen = function () {
        var range = document.createRange()
        range.selectNodeContents(code)
        getSelection().removeAllRanges()
        getSelection().addRange(range)
        button.textContent = document.execCommand('copy') ? 'Copied' : 'Selected'
      }
      if (!navigator.clipboard) return chosen()
      navigator.clipboard.writeText(code.textContent).then(function () { button.textContent = 'Copied' }, chosen)
    })
    holder.appendChild(button)
  })
  document.getElementById('no-curves').hidden = true
  document.documentElement.dataset.charts = String(drawn.length)
})()
`
