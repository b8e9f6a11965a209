/** Folders of the package that a build is made of. */
export const sourceFolders: string[]
