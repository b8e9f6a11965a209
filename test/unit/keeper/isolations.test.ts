// What the system says of disks, as far as it decides what is removed.
import { expect, test } from 'vitest'
import { mountedIn } from '../../../keeper/isolations.ts'

test('folders that something is mounted on are found whatever their names hold', () => {
  const mounts = [
    'tmpfs /run tmpfs rw,nosuid 0 0',
    String.raw`assay /srv/my\040runs/k-1/data/disk tmpfs rw 0 0`,
    String.raw`assay /srv/a\134b tmpfs rw 0 0`,
    '',
  ].join('\n')
  expect(mountedIn(mounts)).toEqual(['/run', '/srv/my runs/k-1/data/disk', '/srv/a\\b', ''])
})
