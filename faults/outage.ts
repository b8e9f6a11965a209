// The chain answers nobody for a while, and loses the first messages that it takes afterwards.
import { statusOf, type Fault, type Means } from './fault.ts'

const lostMessages = 2

async function weather({ chain }: Means, state: { unavailable: number; drop: number }): Promise<void> {
  if (chain === null) throw new Error("the chain is not the testbed's, and nobody else's is disturbed")
  const status = await statusOf(`${chain.url}/testbed/state`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${chain.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(state),
  })
  if (status !== 200) throw new Error(`the chain answered ${status} when it was asked for an outage`)
}

const answers = async ({ chain }: Means): Promise<boolean> =>
  chain !== null && (await statusOf(`${chain.url}/health/ready`)) === 200

export const outage: Fault = {
  // It ends by itself, even if nobody is left to end it.
  inject: (means, _target, seconds) => weather(means, { unavailable: seconds, drop: lostMessages }),
  bit: async (means) => !(await answers(means)),
  clear: (means) => weather(means, { unavailable: 0, drop: lostMessages }),
  healed: answers,
}
