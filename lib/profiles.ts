// How much of the source's size and time a run spends. Limits never change with the profile.
export const profiles: Record<string, string> = {
  smoke: 'about two minutes at the smallest honest size (default)',
  kill: 'the shortest run that can catch a planted defect; for make prove',
  daily: '10 minutes, 100 workers',
  weekly: '1 hour, 500 workers',
  monthly: '4 hours, 1000 workers',
  quarterly: '24 hours, 1000 workers',
  full: "exactly the source's numbers",
}
