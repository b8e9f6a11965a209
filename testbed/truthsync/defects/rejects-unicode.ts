// A text with a character beyond ASCII is called unprocessable.
import type { Defect } from '../defect.ts'

const beyondAscii = /[^\u0000-\u007f]/

export default { criterion: 'watch.4xx', rejects: (text) => beyondAscii.test(text) } satisfies Defect
