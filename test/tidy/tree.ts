// The tree in README.md against the folders that there are.
import type { ProjectFiles } from './project-files.ts'

const generated = new Set(['bin', 'dist', 'reports', 'node_modules'])

/** Folder names in the README's tree: the code block with most lines that begin with "name/ ". */
function treeIn(readme: string): string[] {
  const blocks = [...readme.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, block]) =>
    [...(block ?? '').matchAll(/^([a-z][\w-]*)\/(?=\s)/gm)].map(([, name]) => name ?? ''),
  )
  return blocks.sort((a, b) => b.length - a.length)[0] ?? []
}

/** One line for each folder that only one of the two has. */
export function treeDiffers(files: ProjectFiles): string[] {
  const readme = files.get('README.md')
  if (readme === undefined) return ['there is no README.md']
  const told = new Set(treeIn(readme).filter((name) => !generated.has(name)))
  if (told.size === 0)
    return [
      'README.md shows no tree of the project: a code block with one line "name/  what it holds" per folder',
    ]
  const there = new Set(
    [...files.keys()].filter((file) => /^[^./][^/]*\//.test(file)).map((file) => file.split('/')[0] ?? ''),
  )
  return [
    ...[...there].filter((name) => !told.has(name)).map((name) => `README.md's tree does not show ${name}/`),
    ...[...told]
      .filter((name) => !there.has(name))
      .map((name) => `README.md's tree shows ${name}/, which is not there`),
  ]
}
