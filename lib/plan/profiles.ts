// How large and how long a run is, relative to the numbers in the source document. Limits never change with the profile.
export const profiles: Record<string, string> = {
  smoke: 'about two minutes at the smallest honest size (default)',
  kill: 'the shortest run that can catch a planted defect; for make prove',
  daily: '10 minutes',
  weekly: '1 hour',
  monthly: '4 hours, at the size that the source document names',
  quarterly: '24 hours, at the size that the source document names',
  full: 'exactly the numbers of the source document',
}

/** The profile of a run that names none. */
export const defaultProfile = 'smoke'
