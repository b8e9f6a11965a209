// The image and the compose file as text: what they name must be there, and be what the programs read.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { inPackage } from '../../../../scripts/project.ts'
import { sourceFolders } from '../../../../scripts/build/work-folder.mjs'

const read = (file: string): Promise<string> => readFile(inPackage(file), 'utf8')

interface Service {
  image: string
  build?: { dockerfile: string }
  entrypoint?: string[]
  environment?: Record<string, string | number>
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
}

const compose = parse(await read('deploy/compose.yml'), { merge: true }) as {
  services: Record<string, Service>
}
const services = Object.entries(compose.services)
const containerfile = (await read('deploy/Containerfile')).replace(/\\\n/g, ' ')

/** What is copied from the project, by its path there. */
const copied = [...containerfile.matchAll(/^COPY (?!--from)(.*)$/gm)].flatMap(([, words]) =>
  words!.split(' ').slice(0, -1),
)

describe('the image', () => {
  test('copies what is there', () => {
    expect(copied.length).toBeGreaterThan(10)
    expect(copied.filter((source) => !existsSync(inPackage(source)))).toEqual([])
  })

  test('has every folder that bundles are made of', () => {
    const folders = sourceFolders.filter((name) => existsSync(inPackage(name)))
    expect(folders).toContain('scenarios')
    expect(folders.filter((name) => !copied.includes(`${name}/`))).toEqual([])
  })

  test('is made with the Node that the project is for, and runs as an ordinary user', async () => {
    const node = (await read('.nvmrc')).trim()
    const bases = [...containerfile.matchAll(/^FROM docker\.io\/library\/node:(\S+)/gm)].map(([, tag]) => tag)
    expect(bases).toEqual([`${node}-bookworm-slim`, `${node}-bookworm-slim`])
    expect(containerfile.indexOf('\nUSER node\n')).toBeGreaterThan(containerfile.lastIndexOf('\nRUN '))
  })

  test('builds its programs as a checkout does, with a Go that is new enough', async () => {
    const flags =
      /const args = \['build', (.*?), '-o'/.exec(await read('scripts/build/binaries.ts'))?.[1] ?? 'none'
    for (const [, flag] of flags.matchAll(/'([^']+)'/g))
      expect(containerfile.replaceAll("'", '')).toContain(flag)
    const [, minor] = /^go 1\.(\d+)/m.exec(await read('binaries/go.mod')) ?? []
    const [, has] = /golang:1\.(\d+)-/.exec(containerfile) ?? []
    expect(Number(has)).toBeGreaterThanOrEqual(Number(minor))
  })
})

describe.each(services)('the service %s', (_, service) => {
  test('starts a program that the image holds', () => {
    if (service.build === undefined) return
    expect(service.build.dockerfile).toBe('deploy/Containerfile')
    const [program, file] = service.entrypoint ?? []
    if (program !== 'node') {
      expect(copied).toContain('binaries/')
      expect(existsSync(inPackage('binaries', program ?? '', 'main.go'))).toBe(true)
      return
    }
    const source = (file ?? '').replace(/^dist\/node\/(.*)\.js$/, '$1.ts')
    expect(existsSync(inPackage(source))).toBe(true)
  })

  test('has every variable that its program needs', async () => {
    const [, name] = /testbed\/(cocoon\/programs\/[\w-]+)\.js/.exec(service.entrypoint?.join(' ') ?? '') ?? []
    expect(name !== undefined).toBe(service.entrypoint?.some((word) => word.includes('testbed/')) === true)
    if (name === undefined) return
    const needed = [...(await read(`testbed/${name}.ts`)).matchAll(/text\('(\w+)'\)/g)].map(
      ([, variable]) => variable!,
    )
    expect(needed.length).toBeGreaterThan(0)
    expect(Object.keys(service.environment ?? {})).toEqual(
      expect.arrayContaining([...needed, 'PORT', 'HOST']),
    )
  })

  test('is reached from this machine only', () =>
    expect((service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]))

  test('waits for services that are there, and mounts files that are', () => {
    const names = services.map(([name]) => name)
    expect(Object.keys(service.depends_on ?? {}).filter((name) => !names.includes(name))).toEqual([])
    const mounted = (service.volumes ?? []).map((volume) => volume.split(':')[0]!)
    expect(mounted.filter((file) => !existsSync(inPackage('deploy', file)))).toEqual([])
  })
})

/** `service:port` of every service that has a port of its own. */
const addresses = services.flatMap(([name, { environment }]) =>
  environment?.['PORT'] === undefined ? [] : [`${name}:${environment['PORT']}`],
)

test('Prometheus scrapes every service that has metrics', async () => {
  const config = parse(await read('deploy/prometheus.yml')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[]
  }
  const targets = config.scrape_configs.flatMap((job) => job.static_configs.flatMap((each) => each.targets))
  // The balancer has none of its own.
  expect(targets.sort()).toEqual(addresses.filter((address) => !address.startsWith('balancer')).sort())
})

test('every link leads to a service, and what goes over a link names the link', async () => {
  const links = JSON.parse(await read('deploy/links.json')) as {
    name: string
    listen: string
    upstream: string
  }[]
  for (const { upstream } of links) expect([...addresses, 'postgres:5432']).toContain(upstream)
  const used = services.flatMap(([, { environment }]) =>
    [...JSON.stringify(environment ?? {}).matchAll(/toxiproxy:(\d+)/g)].map(([, port]) => `0.0.0.0:${port}`),
  )
  expect(used.length).toBeGreaterThan(2)
  expect(links.map(({ listen }) => listen)).toEqual(expect.arrayContaining(used))
})
