/** Every registry below `root`: the path of its index, and the text that has to be there. */
export function registries(root: string): Promise<{ file: string; text: string }[]>
