import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import {
  beforeScript,
  containerLines,
  type Containers,
} from '../../../src/drivers/sandbox/container-script.ts'
import { groupFolders, groupName, hierarchiesIn } from '../../../src/drivers/sandbox/control-groups.ts'

const OTHERS = '21 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n22 21 0:20 / /sys rw - sysfs sysfs rw\n'

test('of version 2 there is one hierarchy, which has all', () => {
  const mountinfo = `${OTHERS}30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`
  expect(hierarchiesIn(mountinfo)).toEqual([{ folder: '.', controllers: undefined }])
  expect(groupFolders(hierarchiesIn(mountinfo), 'g')).toEqual(['/sys/fs/cgroup/g'])
})

test('of version 1 there is one for each mount, and beside it version 2 has nothing to say', () => {
  const mountinfo = [
    OTHERS.trim(),
    '31 22 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
    '32 31 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '33 31 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/lib/agent,name=systemd',
    '34 31 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    '',
  ].join('\n')
  expect(hierarchiesIn(mountinfo)).toEqual([
    { folder: 'cpu,cpuacct', controllers: 'cpu,cpuacct' },
    { folder: 'systemd', controllers: 'name=systemd' },
  ])
})

test('labs of one name in two folders have different groups', () => {
  expect(groupName('flannel', '/a/run')).toMatch(/^knet-labs\.flannel\.[0-9a-f]{8}$/)
  expect(groupName('flannel', '/a/run')).not.toBe(groupName('flannel', '/b/run'))
})

test.each([
  ['version 1', [{ folder: 'cpu,cpuacct', controllers: 'cpu,cpuacct' }], 'mount -t cgroup -o cpu,cpuacct '],
  ['version 2', [{ folder: '.', controllers: undefined }], 'mount -t cgroup2 '],
])(
  'what makes machines for containers with groups of %s is a script that a shell can read',
  (_, hierarchies, mount) => {
    const shared = [{ source: '/a b', target: "/var/it's" }]
    const containers: Containers = {
      hierarchies,
      group: 'g',
      shared,
      storage: ['/var/lib/x'],
      disk: undefined,
    }
    const script = containerLines(containers).join('\n')
    for (const input of [script, beforeScript(containers)]) execFileSync('sh', ['-n'], { input })
    expect(script).toContain(mount)
  },
)
