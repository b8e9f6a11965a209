// Faults in pods as the keeper knows them: k6 injects them, and the keeper ends what an agent of k6's would go on doing when
// k6 is gone.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { programPath } from '../capabilities.ts'
import type { Driver, FaultSpec } from '../fault.ts'
import type { Selector } from '../parts.ts'
import { needsAgent, podFaultOf } from '../pod-faults.ts'

const run = promisify(execFile)
const runMs = 20_000
/** The name that xk6-disruptor gives its container, and the program in it. */
const agentContainer = 'xk6-agent'
const agent = 'xk6-disruptor-agent'

/** The fault as its case has it; the keeper knows it by this driver. */
const original = (spec: FaultSpec<Selector>): FaultSpec<Selector> => ({
  ...spec,
  driver: String(spec.settings['by'] ?? spec.driver),
})

const kubectl = async (part: Selector, ...args: string[]): Promise<string> => {
  const { stdout } = await run(programPath('kubectl'), ['--namespace', part.namespace, ...args], {
    timeout: runMs,
  })
  return stdout
}

/** The labels of the pods that the part means, or those by which its service finds them. */
async function labelsOf({ labels, service, ...part }: Selector): Promise<Record<string, string>> {
  if (service === undefined) return labels ?? {}
  const text = await kubectl({ ...part }, 'get', 'service', service, '--output', 'json')
  return (JSON.parse(text) as { spec: { selector?: Record<string, string> } }).spec.selector ?? {}
}

/** Pods that the part means and that have an agent in them. */
async function podsWithAgent(part: Selector): Promise<string[]> {
  const labels = Object.entries(await labelsOf(part)).map(([name, value]) => `${name}=${value}`)
  // Without a label it would mean every pod of the namespace, other people's too.
  if (labels.length === 0) return []
  const text = await kubectl(part, 'get', 'pods', '--output', 'json', '--selector', labels.join(','))
  const { items } = JSON.parse(text) as {
    items: { metadata: { name: string }; spec: { ephemeralContainers?: { name: string }[] } }[]
  }
  return items
    .filter(({ spec }) => spec.ephemeralContainers?.some(({ name }) => name === agentContainer))
    .map(({ metadata }) => metadata.name)
}

export default {
  on: 'selectors',
  // By their names where they come from; k6 injects them, and an agent is told to end by kubectl.
  kinds: {
    http: ['kubectl'],
    grpc: ['kubectl'],
    drop: ['kubectl'],
    latency: ['kubectl'],
    partition: ['kubectl'],
    kill: [],
  },
  otherwise: { what: 'it ends by itself when its time is over, even if k6 died', for: () => false },
  check: (spec) => void podFaultOf(original(spec)),
  inject: async () => {},
  async clear(spec: FaultSpec<Selector>) {
    if (!needsAgent(podFaultOf(original(spec)))) return
    for (const pod of await podsWithAgent(spec.part))
      await kubectl(spec.part, 'exec', pod, '--container', agentContainer, '--', agent, 'cleanup')
  },
  probe() {
    throw new Error('k6 looks at pods, because it injects the fault')
  },
  residue: async () => [],
} satisfies Driver<Selector, object>
