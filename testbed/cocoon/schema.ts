/** Everything of the pool lives in this schema of its database. */
export const schema = 'assay_cocoon'
