/** The system of a run that names none. */
export const defaultSystem = 'cocoon'
