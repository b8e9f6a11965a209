// The GPU pool with its gateways as pods of a Kubernetes, and the rest of it beside them on the node's network.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Selector } from '../../../../faults/parts.ts'
import { ensureBinary } from '../../../../scripts/build/binaries.ts'
import { embeddedPostgres } from '../../../../testbed/service/postgres.ts'
import { projectRoot } from '../../../assay.ts'
import { until } from '../../../e2e/keeper-setup.ts'

const run = promisify(execFile)

/** Scripts that start a one-node cluster: up, down, run, kubectl, image, rootfs-node, grant. */
const clusterScripts = path.resolve(projectRoot, process.env['CLUSTER'] ?? 'deploy/kind')
const script = (name: string): string => path.join(clusterScripts, name)

/** Of the cluster's node, and two of its service network. */
const node = '10.98.0.1'
const gateways = [
  { name: 'gateway-1', address: '10.96.0.81' },
  { name: 'gateway-2', address: '10.96.0.82' },
]
const namespace = 'assay-pool'
const image = 'assay/gateway:dev'
const grpcServer = {
  name: 'grpc-server',
  address: '10.96.0.83',
  port: 50_051,
  image: 'assay/grpc-server:dev',
}
const [gatewayPort, databasePort, payoutPort, balancerPort] = [8081, 15_432, 15_433, 15_434]
const readyMs = 90_000

export interface PoolInPods {
  /** For TARGET=. */
  targetFile: string
  secrets: Record<string, string>
  /** What faults in pods can be done to, by names of the target file's and some more. */
  selectors: Record<string, Selector>
  /** Runs a program on the node's network with the rights of the user that may inject faults. */
  onNode: (
    command: string[],
    environment: Record<string, string>,
  ) => Promise<{ code: number; output: string }>
  /** How long a gateway's page takes now, in ms; 0 when it does not answer. */
  answerMs: () => Promise<number>
  stop: () => Promise<void>
}

export async function startPoolInPods(): Promise<PoolInPods> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-kube-'))
  const children: ChildProcess[] = []
  const secrets = { POOL_ENROL_TOKEN: token(), POOL_CLIENT_TOKEN: token() }
  const tokenSecret = token()
  await run(script('up'), { maxBuffer: 2 ** 26 })
  await run(script('kubectl'), ['create', 'namespace', namespace])
  await run(script('grant'), [namespace])
  await makeImage(folder)
  await makeGrpcImage(folder)

  const postgres = await embeddedPostgres({ stateDir: path.join(folder, 'state'), port: databasePort })
  const { command, args, uid, gid, cwd } = postgres.service
  await appendFile(path.join(cwd ?? '', 'pg_hba.conf'), 'host all all 10.0.0.0/8 scram-sha-256\n')
  const asUser = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const onNodeNow = (words: string[], env: Record<string, string> = {}): void => {
    const child = spawn(script('run'), words, {
      env: { ...process.env, ...env },
      stdio: 'ignore',
      cwd: projectRoot,
    })
    children.push(child)
  }
  onNodeNow([...asUser, command, ...args, '-c', 'listen_addresses=*'], { LC_ALL: 'C', TZ: 'UTC' })
  const url = new URL(postgres.databaseUrl)
  url.hostname = node
  const shared = {
    ...secrets,
    NODE_ENV: 'production',
    DATABASE_URL: url.href,
    POOL_TOKEN_SECRET: tokenSecret,
    TESTBED_ROUTES: '1',
  }
  const migrations = path.join(projectRoot, 'testbed/cocoon/migrations')
  const program = (name: string): string[] => [
    'node',
    path.join(projectRoot, `dist/node/testbed/cocoon/programs/${name}.js`),
  ]
  onNodeNow(program('payout'), {
    ...shared,
    MIGRATIONS_DIR: migrations,
    PORT: String(payoutPort),
    UNIT_NANOTON: '600011',
  })
  await applyGateways(folder, {
    ...shared,
    MIGRATIONS_DIR: '/app/migrations',
    HOST: '0.0.0.0',
    PORT: String(gatewayPort),
  })
  onNodeNow(program('balancer'), {
    NODE_ENV: 'production',
    PORT: String(balancerPort),
    UPSTREAMS: gateways.map(({ address }) => `http://${address}:${gatewayPort}`).join(','),
    PAYOUT_URL: `http://127.0.0.1:${payoutPort}`,
  })
  await applyGrpcServer(folder)
  const baseUrl = `http://127.0.0.1:${balancerPort}`
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) child.kill('SIGINT')
    await run(script('down'), { maxBuffer: 2 ** 26 })
    for (const one of [...postgres.folders, folder]) await rm(one, { recursive: true, force: true })
  }
  try {
    await until('the pool in pods', () => answersOnNode(`${baseUrl}/health/ready`), readyMs)
  } catch (error) {
    await stop()
    throw error
  }
  const targetFile = path.join(folder, 'target.json')
  await writeFile(targetFile, JSON.stringify(targetOf(baseUrl)))
  return {
    targetFile,
    secrets,
    selectors: { ...gatewaySelectors(), ...furtherSelectors() },
    onNode: (words, environment) => ranOnNode(words, { ...secrets, ...environment }),
    answerMs: () => answerMsOnNode(`http://${gateways[0]!.address}:${gatewayPort}/dashboard`),
    stop,
  }
}

const token = (): string => randomBytes(24).toString('base64url')

/** The gateway as one file with all that it needs, in an image with Node. */
async function makeImage(folder: string): Promise<void> {
  const app = path.join(folder, 'app')
  await mkdir(app, { recursive: true })
  await build({
    entryPoints: [path.join(projectRoot, 'testbed/cocoon/programs/gateway.ts')],
    outfile: path.join(app, 'gateway.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['pg-native'],
    logLevel: 'error',
    // Packages in the other module format ask for Node's own modules at run time.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url)",
    },
  })
  const root = path.join(folder, 'root')
  await cp(path.join(projectRoot, 'testbed/cocoon/migrations'), path.join(app, 'migrations'), {
    recursive: true,
  })
  await run(script('rootfs-node'), [root, path.join(app, 'gateway.mjs'), path.join(app, 'migrations')])
  await run(
    script('image'),
    [image, root, '--workdir', '/app', '--entrypoint', 'node', '--cmd', 'gateway.mjs'],
    {
      maxBuffer: 2 ** 26,
    },
  )
}

/** One Go program is all that is in it. */
async function makeGrpcImage(folder: string): Promise<void> {
  const root = path.join(folder, 'grpc-root')
  await mkdir(root)
  await cp(await ensureBinary('grpc-server'), path.join(root, 'grpc-server'))
  const { image: name, port } = grpcServer
  await run(
    script('image'),
    [name, root, '--entrypoint', '/grpc-server', '--cmd', '-address', `0.0.0.0:${port}`],
    {
      maxBuffer: 2 ** 26,
    },
  )
}

/** A deployment of one pod, and a service of its own in front of it. */
function podAndService(
  { name, address, port }: { name: string; address: string; port: number },
  labels: Record<string, string>,
  container: object,
): object[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            automountServiceAccountToken: false,
            containers: [{ name, imagePullPolicy: 'Never', ports: [{ containerPort: port }], ...container }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { clusterIP: address, selector: labels, ports: [{ port, targetPort: port }] },
    },
  ]
}

async function apply(file: string, objects: object[]): Promise<void> {
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await run(script('kubectl'), ['--namespace', namespace, 'apply', '-f', file])
}

async function applyGateways(folder: string, environment: Record<string, string>): Promise<void> {
  const objects = gateways.flatMap(({ name, address }) => {
    const env = { ...environment, SERVICE_NAME: name }
    const labels = { app: name, part: 'gateway' }
    return podAndService({ name, address, port: gatewayPort }, labels, {
      image,
      readinessProbe: { httpGet: { path: '/health/ready', port: gatewayPort }, periodSeconds: 1 },
      env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
    })
  })
  await apply(path.join(folder, 'gateways.json'), objects)
}

const applyGrpcServer = (folder: string): Promise<void> =>
  apply(
    path.join(folder, 'grpc-server.json'),
    podAndService(grpcServer, { app: grpcServer.name }, { image: grpcServer.image }),
  )

const [one, two] = gateways as [(typeof gateways)[0], (typeof gateways)[0]]

const gatewaySelector = (which: Pick<Selector, 'labels' | 'service'>, address: string): Selector => ({
  namespace,
  ...which,
  port: gatewayPort,
  exclude: '/health/ready,/health/live',
  hostNetwork: false,
  health: `http://${address}:${gatewayPort}/dashboard`,
})

/** As the target file has them. */
const gatewaySelectors = (): Record<string, Selector> => ({
  'gateway-1': gatewaySelector({ labels: { app: one.name } }, one.address),
  'gateway-2': gatewaySelector({ labels: { app: two.name } }, two.address),
  clients: gatewaySelector({ labels: { part: 'gateway' } }, one.address),
})

const furtherSelectors = (): Record<string, Selector> => ({
  'service of gateway-1': gatewaySelector({ service: one.name }, one.address),
  'grpc-server': {
    namespace,
    labels: { app: grpcServer.name },
    port: grpcServer.port,
    health: `grpc://${grpcServer.address}:${grpcServer.port}`,
  },
})

const targetOf = (baseUrl: string): object => ({
  name: 'pool-in-pods',
  system: 'cocoon',
  baseUrl,
  credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
  selectors: gatewaySelectors(),
})

const answersOnNode = (url: string): Promise<boolean> =>
  run(script('run'), ['curl', '--silent', '--fail', '--output', '/dev/null', url]).then(
    () => true,
    () => false,
  )

const answerMsOnNode = async (url: string): Promise<number> => {
  const words = [
    'curl',
    '--silent',
    '--fail',
    '--max-time',
    '3',
    '--output',
    '/dev/null',
    '--write-out',
    '%{time_total}',
    url,
  ]
  const { stdout } = await run(script('run'), words).catch(() => ({ stdout: '0' }))
  return Number(stdout) * 1000
}

function ranOnNode(
  words: string[],
  environment: Record<string, string>,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(script('run'), ['--user', 'disruptor', ...words], {
      cwd: projectRoot,
      // The test runner has a BASE_URL of its own.
      env: { ...process.env, BASE_URL: '', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (part: Buffer) => {
      output += String(part)
      process.stdout.write(part)
    })
    child.once('close', (code) => resolve({ code: code ?? -1, output }))
  })
}
