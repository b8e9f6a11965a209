// Text of unknown origin (step names, log lines, reasons) made fit for people: printable, bounded, escaped per format.
import type { Status } from '../../verdict/verdict.ts'

/** A word and a shape stand beside every colour, so that no verdict depends on seeing colours. */
export const statusMark: Record<Status, string> = { PASS: '✓', FAIL: '✗', UNDECIDED: '?', INVALID: '!' }

// Control characters could move a terminal's cursor and are not legal in XML; bidirectional controls could make a
// log line read as something else. Both become visible.
// oxlint-disable-next-line no-control-regex
const unprintable =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g

/** Replaces characters that do not print; keeps tabs and line breaks. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(unprintable, '�')
    .replace(/\p{Surrogate}/gu, '�')

/** A word as it begins a heading or a label. */
export const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** One printable line. */
export const oneLine = (text: string): string =>
  printable(text)
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .trim()

/** As oneLine, for a job's log behind a word of ours: GitHub obeys "##[" wherever it stands, and "::" where a line begins. */
export const logLine = (text: string): string => oneLine(text).replaceAll('##[', '# #[')

/** At most `length` characters; what was cut shows as an ellipsis. */
export function shortened(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : characters.slice(0, Math.max(0, length - 1)).join('') + '…'
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** HTML text or a quoted attribute value. */
export const escapeHtml = (text: string): string =>
  printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? character)

/** A piece of HTML whose unknown parts are escaped already. Only `markup` and `trusted` make one. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
type Part = string | number | Markup | null | undefined | false | Part[]

function rendered(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(rendered).join('')
  return escapeHtml(String(part))
}

/** Template tag: everything that is put in is escaped, unless it is Markup itself. */
export function markup(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(
    strings.map((text, index) => text + (index < parts.length ? rendered(parts[index]) : '')).join(''),
  )
}

/** Text from this project (a style sheet, a script), put in as it is. */
export const trusted = (text: string): Markup => new Markup(text)

/** One line of Markdown in which nothing of the text acts as Markdown, HTML or a table border. */
export const escapeMarkdown = (text: string): string =>
  oneLine(text)
    .replace(/[\\`*[\]|~]/g, '\\$&')
    .replace(/<(?=[A-Za-z/!?])|&(?=[#A-Za-z])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
    .replace(/^(#{1,6} |[-+>] |={2,}|-{2,})/, '\\$1')
    .replace(/^(\d+)(?=[.)] )/, '$1\\')

/** Inline code; inside a table a border must still be escaped. */
export function markdownCode(text: string): string {
  const line = oneLine(text).replaceAll('|', '\\|')
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length))
  if (line === '') return ''
  const fence = '`'.repeat(longest + 1)
  return longest > 0 ? `${fence} ${line} ${fence}` : fence + line + fence
}

/** A fenced block that its content cannot close. */
export function markdownBlock(lines: string[], language = ''): string {
  const text = lines.map(printable).join('\n')
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}
