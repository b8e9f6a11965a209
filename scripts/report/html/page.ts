// The frame of every page that we write: one file that needs nothing else, neither network nor server.
import { createHash } from 'node:crypto'
import { pageStyle } from './page-style.ts'
import { type Markup, markup, trusted } from '../text.ts'

/** What a page consists of. Styles and scripts are what they say, and come from us or from a library. */
export interface Page {
  title: string
  body: Markup
  /** Before our own style. */
  style?: string
  script?: string
}

const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page as text. The browser runs only what stands here: even text that escaped escaping could not run, load or send. */
export function pageText({ title, body, style: before = '', script }: Page): string {
  const style = before === '' ? pageStyle : `${before}\n${pageStyle}`
  const scripts = script === undefined ? '' : `script-src ${sourceOf(script)}; `
  const policy = `default-src 'none'; ${scripts}style-src ${sourceOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}${script === undefined ? '' : markup`<script>${trusted(script)}</script>\n`}</body>
</html>
`.text
}
