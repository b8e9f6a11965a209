// The report of a run: one folder in, three files out.
import { join } from 'node:path'
import { putInPlace } from '../run/kept.ts'
import { htmlReport } from './html/html.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { readRunFolder } from './read/run-folder.ts'

export { verdictTable, type TableOptions } from './terminal.ts'

export interface ReportPaths {
  html: string
  markdown: string
  junit: string
}

/**
 * Writes report.html, report.md and junit.xml into a run's folder and answers their paths. Optional inputs that are
 * missing or unreadable are named in the report.
 * @throws WrongUse when verdict.json is missing or is not a verdict; Error when the folder cannot be written.
 */
export async function writeReport(runDir: string): Promise<ReportPaths> {
  const folder = await readRunFolder(runDir)
  const paths = {
    html: join(runDir, 'report.html'),
    markdown: join(runDir, 'report.md'),
    junit: join(runDir, 'junit.xml'),
  }
  await Promise.all([
    htmlReport(folder).then((text) => putInPlace(paths.html, text)),
    putInPlace(paths.markdown, markdownReport(folder)),
    putInPlace(paths.junit, junitReport(folder.verdict)),
  ])
  return paths
}
