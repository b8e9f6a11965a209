// How much of the source's size and time a run spends. Limits never change with the profile.
export const profiles: Record<string, string> = {
  smoke: 'about two minutes at the smallest honest size (default)',
  kill: 'the shortest run that can catch a planted defect; for make prove',
  daily: '10 minutes',
  weekly: '1 hour',
  monthly: '4 hours, at the size of the source',
  quarterly: '24 hours, at the size of the source',
  full: "exactly the source's numbers",
}
