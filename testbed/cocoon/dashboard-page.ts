// The dashboard: one page that needs nothing but itself and the pool's API.

export const dashboardPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GPU pool</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
  body { max-width: 70rem; margin: 0 auto; padding: 1.5rem }
  h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin-top: 2rem }
  dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 1rem }
  dl div { border: 1px solid #8884; border-radius: .5rem; padding: .6rem .8rem }
  dt { opacity: .7; font-size: .85rem } dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums }
  .scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8883; white-space: nowrap }
  [role=status] { min-height: 1.5em } [hidden] { display: none }
</style>
<h1>GPU pool</h1>
<form id="login"><label>Client token <input id="token" type="password" autocomplete="off"></label> <button>Show</button></form>
<p role="status" id="status"></p>
<main id="main" hidden>
  <dl id="figures"></dl>
  <h2>Last minutes</h2>
  <div class="scroll"><table id="minutes"></table></div>
  <h2>Busiest workers</h2>
  <div class="scroll"><table id="workers"></table></div>
  <h2>Newest tasks</h2>
  <div class="scroll"><table id="tasks"></table></div>
</main>
<script>
  const at = (id) => document.getElementById(id)
  const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })
  const row = (tag, texts) => { const tr = document.createElement('tr'); tr.append(...texts.map((text) => cell(tag, text))); return tr }
  const table = (id, head, rows) => at(id).replaceChildren(row('th', head), ...rows.map((texts) => row('td', texts)))
  const time = (text) => text ? new Date(text).toLocaleTimeString() : ''
  function show({ stats, minutes, workers, tasks }) {
    const figures = { 'Workers alive': stats.workers.alive, Busy: stats.workers.busy, Idle: stats.workers.idle,
      'Tasks waiting': stats.tasks.waiting, Running: stats.tasks.running, Completed: stats.tasks.completed,
      Failed: stats.tasks.failed, 'Oldest wait': (stats.oldest_wait_ms / 1000).toFixed(1) + ' s' }
    at('figures').replaceChildren(...Object.entries(figures).map(([name, value]) => {
      const div = document.createElement('div'); div.append(cell('dt', name), cell('dd', value)); return div }))
    table('minutes', ['Minute', 'Accepted', 'Completed', 'Mean wait'],
      minutes.toReversed().map((m) => [time(m.minute), m.accepted, m.completed, m.mean_wait_ms.toFixed(0) + ' ms']))
    table('workers', ['Worker', 'Name', 'Memory', 'Completed', ''],
      workers.map((w) => [w.worker_id, w.name, w.memory_mb + ' MB', w.completed, w.alive ? 'alive' : 'silent']))
    table('tasks', ['Task', 'State', 'Memory', 'Priority', 'Accepted', 'Assigned', 'Ended'],
      tasks.map((t) => [t.task_id, t.state, t.memory_mb + ' MB', t.priority, time(t.accepted_at), time(t.assigned_at), time(t.ended_at)]))
  }
  async function refresh() {
    const token = sessionStorage.getItem('token')
    if (!token) return
    try {
      const answer = await fetch('/api/v1/pool/dashboard', { headers: { authorization: 'Bearer ' + token } })
      const body = await answer.json()
      if (!answer.ok) throw new Error(body.error.code + ': ' + body.error.message)
      show(body)
      at('main').hidden = false
      at('status').textContent = 'Updated ' + new Date().toLocaleTimeString()
    } catch (error) { at('status').textContent = 'The pool did not answer: ' + error.message }
  }
  const given = new URLSearchParams(location.hash.slice(1)).get('token')
  if (given) { sessionStorage.setItem('token', given); history.replaceState(null, '', location.pathname) }
  at('login').addEventListener('submit', (event) => {
    event.preventDefault(); sessionStorage.setItem('token', at('token').value); refresh() })
  refresh(); setInterval(refresh, 2000)
</script>
</html>
`
