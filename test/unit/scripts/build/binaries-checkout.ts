// A checkout in a temporary folder with a fake go and fake k6 programs, so that finding and building take milliseconds.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'

export const stockV1 = 'k6 v1.2.0 (commit/5a1b2c3d4e, go1.24.5, linux/amd64)'
export const stockV2 = 'k6 v2.2.0 (go1.26.1, linux/amd64)'
export const withDisruptor =
  'k6 v1.8.1 (go1.26.8, linux/amd64)\nExtensions:\n  github.com/grafana/xk6-disruptor v0.3.17, k6/x/disruptor [js]'

export interface Checkout {
  root: string
  environment: Record<string, string>
  /** What was said, line by line. */
  said: string[]
  options: { root: string; environment: Record<string, string>; say: (line: string) => void }
  /** Makes an executable shell script and returns its path. Its folder is put on the PATH unless told otherwise. */
  program: (file: string, body: string, onPath?: boolean) => Promise<string>
  /** A k6 that answers `k6 version` with the text. */
  k6: (folder: string, answer: string, onPath?: boolean) => Promise<string>
  write: (file: string, text: string) => Promise<void>
  /** The arguments of every `go build`, in order. */
  builds: () => Promise<string[]>
}

/** A go that builds by writing a k6 that answers as given; `beforeBuild` is shell code. */
export const goThatBuilds = (
  root: string,
  answer: string,
  { version = 'go1.26.8', beforeBuild = '' } = {},
): string => `
if [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit 0; fi
echo "CGO_ENABLED=$CGO_ENABLED GOFLAGS=$GOFLAGS $*" >> '${root}/builds'
while [ "$1" != -o ]; do shift; done
${beforeBuild}
printf '#!/bin/sh\\necho "%s"\\n' '${answer}' > "$2"
/bin/chmod +x "$2"
`

export async function makeCheckout(): Promise<Checkout> {
  const root = await mkdtemp(path.join(tmpdir(), 'assay-binaries-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const environment: Record<string, string> = { PATH: '', GOFLAGS: '-mod=mod' }
  const said: string[] = []
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), text)
  }
  for (const module of ['binaries', 'binaries/k6-v2']) {
    await write(`${module}/go.mod`, 'module example\n\ngo 1.25.0\n')
    await write(`${module}/go.sum`, 'sum\n')
  }
  for (const main of ['k6', 'k6-v1', 'k6-v2', 'toxiproxy'])
    await write(`binaries/${main}/main.go`, 'package main\n')

  const program: Checkout['program'] = async (file, body, onPath = true) => {
    await write(file, `#!/bin/sh\n${body}\n`)
    await chmod(path.join(root, file), 0o755)
    const folder = path.dirname(path.join(root, file))
    if (onPath)
      environment['PATH'] = [environment['PATH'], folder].filter((part) => part !== '').join(path.delimiter)
    return path.join(root, file)
  }
  return {
    root,
    environment,
    said,
    options: { root, environment, say: (line) => said.push(line) },
    program,
    k6: (folder, answer, onPath) => program(`${folder}/k6`, `[ "$1" = version ] && echo '${answer}'`, onPath),
    write,
    builds: async () => {
      const log = await readFile(path.join(root, 'builds'), 'utf8').catch(() => '')
      return log.split('\n').filter((line) => line !== '')
    },
  }
}
