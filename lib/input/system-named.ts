// Which system a run is of. Alone in its file, because every virtual user may have to know it, and the table of variables is large.

/** The system that CASE or SYSTEM names. @throws Error where they contradict each other */
export function systemNamed({
  CASE: caseId,
  SYSTEM: name,
}: {
  CASE?: string | undefined
  SYSTEM?: string | undefined
}): string | undefined {
  const fromCase = caseId === undefined || caseId === 'ALL' ? undefined : caseId.split('/')[0]
  if (fromCase !== undefined && name !== undefined && fromCase !== name)
    throw new Error(`CASE=${caseId} contradicts SYSTEM=${name}; give one of them`)
  return fromCase ?? name
}
