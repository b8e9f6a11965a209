// Promises on single requests, broken.
import { answer } from '../../stub/behaviour.ts'
import type { Lie } from '../lie.ts'

const isoText = (time: number): string => new Date(time).toISOString()

export const contractLies = {
  'takes-a-key-twice': {
    does: 'makes another task of a key and content that it has',
    concerns: ['contract.same-key'],
    trial: 'requests',
    as: /the same key and content made/,
    isInShortTest: true,
    behaviour: () => ({
      tells: {
        submit: async (honest, { key, body }, pool) => {
          const known = pool.tasks.has(key)
          const told = await honest()
          return known && told.status === 200 ? answer(201, pool.view(pool.acceptAgain(key, body))) : told
        },
      },
    }),
  },
  'takes-another-content': {
    does: 'accepts another content under a key that was used',
    concerns: ['contract.reused-key'],
    trial: 'requests',
    as: /another content under a used key was answered 201/,
    isInShortTest: true,
    behaviour: () => ({
      tells: {
        submit: async (honest, { key, body }, pool) => {
          const told = await honest()
          return told.status === 409 ? answer(201, pool.view(pool.acceptAgain(key, body))) : told
        },
      },
    }),
  },
  'changes-the-first-task': {
    does: 'refuses another content under a used key, and gives it to the first task all the same',
    concerns: ['contract.reused-key'],
    trial: 'requests',
    as: /was refused, and changed the record/,
    behaviour: () => ({
      tells: {
        submit: async (honest, { key, body }, pool) => {
          const told = await honest()
          const task = pool.tasks.get(key)
          if (told.status === 409 && task !== undefined)
            pool.tasks.set(key, Object.assign(task, { priority: Number(body['priority']) }))
          return told
        },
      },
    }),
  },
  'takes-any-token': {
    does: 'answers whoever asks, with any token',
    concerns: ['contract.wrong-token'],
    trial: 'requests',
    as: /a token that nobody has was answered 200/,
    isInShortTest: true,
    behaviour: () => ({
      tells: {
        status: async (honest, asked, pool) => {
          const told = await honest()
          return told.status === 401 ? pool.status(asked) : told
        },
      },
    }),
  },
  'shows-a-task-for-any-key': {
    does: 'shows its latest task where nothing was accepted under a key',
    concerns: ['contract.own-record'],
    trial: 'requests',
    as: /was never used, and shows/,
    isInShortTest: true,
    behaviour: () => ({
      tells: {
        status: async (honest, _, pool) => {
          const told = await honest()
          const last = [...pool.tasks.values()].at(-1)
          return told.status === 404 && last !== undefined ? answer(200, pool.view(last)) : told
        },
      },
    }),
  },
  'shows-the-latest-task': {
    does: 'shows its latest task under every key that was used',
    concerns: ['contract.own-record'],
    trial: 'requests',
    as: /shows/,
    behaviour: () => ({
      tells: {
        status: async (honest, { path }, pool) => {
          const told = await honest()
          const last = [...pool.tasks.values()].at(-1)
          const isUsed = told.status === 200 && last !== undefined
          return isUsed ? answer(200, { ...pool.view(last), idempotency_key: path.split('/').at(-1) }) : told
        },
      },
    }),
  },
  'gives-a-task-to-two': {
    does: 'gives a worker that polls the task that another one holds',
    concerns: ['contract.one-worker'],
    trial: 'requests',
    as: /was given to a second worker while the first one held it/,
    isInShortTest: true,
    behaviour: () => ({
      tells: {
        poll: async (honest, { path }, pool) => {
          const held = [...pool.byId.values()].find(
            ({ state, worker }) => state === 'running' && worker !== null && !path.includes(worker),
          )
          return held !== undefined && held.key.endsWith('-preflight') ? pool.giving(held) : honest()
        },
      },
    }),
  },
  'times-without-a-zone': {
    does: 'writes times that name no zone',
    concerns: ['contract.times'],
    trial: 'requests',
    as: /names no zone/,
    behaviour: () => ({ manner: { textOf: (time) => isoText(time).replace('Z', '') } }),
  },
  'times-of-another-clock': {
    does: 'writes times that are 10 s ahead of its header Date',
    concerns: ['contract.times'],
    trial: 'requests',
    as: /s after the header Date/,
    behaviour: () => ({ manner: { textOf: (time) => isoText(time + 10_000) } }),
  },
  'frozen-times': {
    does: 'writes one and the same time everywhere, that of a minute before it was asked first',
    concerns: ['contract.times'],
    trial: 'requests',
    as: /s before the header Date/,
    behaviour: () => {
      const frozen = isoText(Date.now() - 60_000)
      return { manner: { textOf: () => frozen } }
    },
  },
  'gives-to-two-under-load': {
    does: 'gives one task in twenty to a second worker, and takes the result of both, once there is load',
    concerns: ['allocation.records'],
    trial: 'steady',
    as: /given to a second worker after/,
    behaviour: () => ({
      tells: {
        poll: async (honest, asked, pool) => {
          if (asked.n < 100 || asked.n % 20 > 0) return honest()
          const held = [...pool.byId.values()].find(
            ({ state, worker }) => state === 'running' && worker !== null && !asked.path.includes(worker),
          )
          return held === undefined ? honest() : pool.giving(held)
        },
      },
    }),
  },
} satisfies Record<string, Lie>
