// What k6 itself took of the machine, by the keeper's samples.
import type { ResourceSample } from '../../keeper/service.ts'
import type { GeneratorEvidence } from '../../verdict/evidence.ts'

/**
 * What k6 used over all of its processes. Cores are a mean over the seconds in which any of them was sampled, so that
 * shards add up and epochs do not; of the waiting, a share of the wanted time, the worst process's is kept.
 */
export function generatorCpu(samples: ResourceSample[], names: string[]): GeneratorEvidence['cpu'] {
  const own = samples.filter(({ service }) => names.includes(service))
  if (own.length === 0) return null
  const seconds = new Set(own.map(({ t }) => Math.floor(t / 1000))).size
  const waitShares = names.map((name) => {
    const [busy, waited] = own
      .filter(({ service }) => service === name)
      .reduce<[number, number]>((sum, { cpu, cpuWait }) => [sum[0] + cpu, sum[1] + (cpuWait ?? 0)], [0, 0])
    return busy + waited > 0 ? waited / (busy + waited) : 0
  })
  return {
    cores: own.reduce((sum, { cpu }) => sum + cpu, 0) / seconds,
    waitShare: Math.max(...waitShares),
  }
}
