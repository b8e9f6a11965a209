// The page in a real browser, offline: it must show its verdict first, draw, fit, and ask nobody for anything.
import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeReport } from '../../scripts/report/index.ts'
import { writeRunFixture } from '../fixtures/report/run-fixture.ts'

function browserPath(): string | null {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  const found = [process.env['CHROMIUM_PATH'] ?? '', ...onPath].find((path) => {
    try {
      if (path === '') return false
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  return found ?? null
}

const executablePath = browserPath()
const absent = 'no browser: set CHROMIUM_PATH or install chromium to run the browser test of the report'
if (executablePath === null && process.env['CI'] !== 'true') console.warn(absent)

interface Opened {
  context: BrowserContext
  page: Page
  /** Console errors, exceptions and requests beyond the page's own file. */
  wrong: string[]
}

describe.skipIf(executablePath === null && process.env['CI'] !== 'true')('report.html in a browser', () => {
  let folder = ''
  let browser: Browser
  const urls: Record<'pass' | 'fail', string> = { pass: '', fail: '' }

  beforeAll(async () => {
    if (executablePath === null) throw new Error(absent)
    folder = await mkdtemp(join(tmpdir(), 'assay-browser-'))
    for (const name of ['pass', 'fail'] as const) {
      await writeRunFixture(join(folder, name), { fails: name === 'fail' })
      urls[name] = pathToFileURL((await writeReport(join(folder, name))).html).href
    }
    // Playwright gives every launch a fresh profile. The sandbox needs a user that is not root.
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    if (folder !== '') await rm(folder, { recursive: true, force: true })
  })

  async function open(
    url: string,
    width: number,
    colorScheme: 'light' | 'dark',
    javaScriptEnabled = true,
  ): Promise<Opened> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      javaScriptEnabled,
      offline: true,
    })
    const page = await context.newPage()
    const wrong: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text())
    })
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:'))
        wrong.push(`request to ${request.url()}`)
    })
    await page.goto(url)
    if (javaScriptEnabled)
      await page.waitForSelector('html[data-charts]', { state: 'attached', timeout: 10_000 })
    return { context, page, wrong }
  }

  // What runs in the page is text: the tests are type-checked for Node and know no document.
  const overflow = (page: Page): Promise<number> =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

  /** In each chart, how many pixels have the colour of a line: none where no curve was drawn. Lines may cover each other. */
  const pixelsOfCurves = (page: Page): Promise<number[]> =>
    page.evaluate(`(() => {
      const style = getComputedStyle(document.documentElement)
      const wanted = [1, 2, 3, 4, 5, 6, 7].map((place) => {
        const name = style.getPropertyValue('--series-' + place).trim().slice(1)
        return [0, 2, 4].map((at) => Number.parseInt(name.slice(at, at + 2), 16))
      })
      return Array.from(document.querySelectorAll('canvas'), (canvas) => {
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        let count = 0
        for (let at = 0; at < pixels.length; at += 4) {
          // Bands share hues with lines, but not their opacity.
          if (pixels[at + 3] > 200 && wanted.some((colour) => colour.every((value, part) => Math.abs(pixels[at + part] - value) < 24))) count += 1
        }
        return count
      })
    })()`)

  const pageColour = (page: Page): Promise<string> =>
    page.evaluate(`getComputedStyle(document.documentElement).getPropertyValue('--page').trim()`)

  const views = (['pass', 'fail'] as const).flatMap((run) =>
    [1400, 390].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ run, width, scheme }))),
  )
  test.each(views)(
    '$run at $width, $scheme: verdict first, curves drawn, nothing beside the page',
    async (view) => {
      const { context, page, wrong } = await open(urls[view.run], view.width, view.scheme)
      const heading = page.locator('h1')
      expect(await heading.innerText()).toMatch(view.run === 'fail' ? /^FAIL\s+2 of 11/ : /^PASS\s+11 of 13/)
      const box = await heading.boundingBox()
      expect((box?.y ?? 900) + (box?.height ?? 0)).toBeLessThan(450)
      const curves = await pixelsOfCurves(page)
      expect(curves.length).toBeGreaterThanOrEqual(15)
      expect(Math.min(...curves)).toBeGreaterThan(50)
      expect(await overflow(page)).toBe(0)
      const red = Number.parseInt((await pageColour(page)).slice(1, 3), 16)
      expect(red < 100).toBe(view.scheme === 'dark')
      expect(wrong).toEqual([])
      await context.close()
    },
  )

  test('the curve of what broke is drawn, and a flat one is not drawn like it', async () => {
    const reach = async (url: string): Promise<number> => {
      const { context, page } = await open(url, 1400, 'light')
      expect(await page.locator('[data-chart=bad-share] .u-legend').textContent()).toContain(
        'load.latency-p95',
      )
      const top: number = await page.evaluate(`(() => {
        const data = JSON.parse(document.getElementById('chart-data').textContent)
        return Math.max(...data.charts.find((chart) => chart.id === 'bad-share').lines[0].values)
      })()`)
      await context.close()
      return top
    }
    expect(await reach(urls.fail)).toBeGreaterThan(0.05)
    expect(await reach(urls.pass)).toBeLessThan(0.05)
  })

  test('tables open by keyboard and stay inside a narrow page', async () => {
    const { context, page, wrong } = await open(urls.fail, 390, 'light')
    for (const summary of await page.locator('summary').all()) {
      await summary.focus()
      await page.keyboard.press('Enter')
    }
    expect(await page.locator('details:not([open])').count()).toBe(0)
    expect(await overflow(page)).toBe(0)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('without JavaScript every figure is still there', async () => {
    const { context, page, wrong } = await open(urls.fail, 1400, 'light', false)
    expect(await page.locator('table').count()).toBeGreaterThan(15)
    expect(await page.getByText('The curves need JavaScript').isVisible()).toBe(true)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('the command is copied as it is', async () => {
    const { context, page } = await open(urls.fail, 1400, 'light')
    const holder = page.locator('#repeat .command')
    await holder.getByRole('button').click()
    await expect
      .poll(() => holder.getByRole('button').innerText(), { timeout: 5000 })
      .toMatch(/Copied|Selected/)
    expect(await holder.locator('code').innerText()).toMatch(/^DEFECTS=slow-tenth \.\/assay run/)
    await context.close()
  })

  test('paper shows dark ink on white, whatever the screen is', async () => {
    const { context, page } = await open(urls.fail, 1400, 'dark')
    const onScreen = await pageColour(page)
    await page.evaluate(`window.dispatchEvent(new Event('beforeprint'))`)
    expect(await pageColour(page)).not.toBe(onScreen)
    await page.evaluate(`window.dispatchEvent(new Event('afterprint'))`)
    expect(await pageColour(page)).toBe(onScreen)
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
    await context.close()
  })
})
