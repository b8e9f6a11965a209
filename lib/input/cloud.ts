// What k6 Cloud reads from a script's options: project, name and load zones. Elsewhere k6 passes over it.

interface LoadZone {
  /** As k6 Cloud names it: amazon:us:ashburn. */
  zone: string
  percent: number
}

export interface CloudSettings {
  CLOUD_PROJECT?: number
  CLOUD_NAME?: string
  CLOUD_ZONES?: string
}

export interface CloudOptions {
  name: string
  projectID?: number
  distribution?: Record<string, { loadZone: string; percent: number }>
}

/** Reads `zone=per cent` pairs. @throws Error when one is malformed, comes twice, or when they do not make 100. */
export function parseZones(text: string): LoadZone[] {
  const zones = text.split(',').map((part) => {
    const [, zone, percent] = /^([a-z0-9:-]+)=(\d{1,3})$/.exec(part.trim()) ?? []
    if (zone === undefined || Number(percent) === 0)
      throw new Error(`expected zone=per cent, such as amazon:us:ashburn=100, and not "${part.trim()}"`)
    return { zone, percent: Number(percent) }
  })
  const twice = zones.find(({ zone }, index) => zones.findIndex((other) => other.zone === zone) !== index)
  if (twice !== undefined) throw new Error(`the load zone ${twice.zone} is named twice`)
  const sum = zones.reduce((total, { percent }) => total + percent, 0)
  if (sum !== 100) throw new Error(`the load zones must make 100 per cent together, and make ${sum}`)
  return zones
}

/** The option `cloud`, or none when no variable asks for it. */
export function cloudOf(settings: CloudSettings, name: string): { cloud?: CloudOptions } {
  const { CLOUD_PROJECT: projectID, CLOUD_NAME: own, CLOUD_ZONES: zones } = settings
  if (projectID === undefined && own === undefined && zones === undefined) return {}
  return {
    cloud: {
      name: own ?? name,
      ...(projectID === undefined ? {} : { projectID }),
      ...(zones === undefined
        ? {}
        : {
            distribution: Object.fromEntries(
              parseZones(zones).map(({ zone, percent }) => [zone, { loadZone: zone, percent }]),
            ),
          }),
    },
  }
}
