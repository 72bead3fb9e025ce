import { expect, test } from 'vitest'
import { formatFstab } from '../../../src/drivers/sandbox/fstab.ts'
import { planRoot, stickyFlags, type HostView, type Kind } from '../../../src/drivers/sandbox/root-tree.ts'

function host(kinds: Record<string, Kind>, mountinfo = ''): HostView {
  return { kindOf: (path) => kinds[path], isOpenToAll: () => true, mountinfo }
}

const NODE = [{ source: '/home/ann/.nvm/node', target: '/opt/knet/bin/node' }]

test('on a host whose /bin is a link the link is copied, and on others the folder is mounted', () => {
  const merged = planRoot(host({ '/usr': 'folder', '/bin': 'link', '/lib': 'link' }), [], false)
  expect(merged.copies).toEqual(['/bin', '/lib'])
  expect(merged.mounts.map((mount) => mount.target)).not.toContain('/bin')
  const split = planRoot(host({ '/usr': 'folder', '/bin': 'folder' }), [], false)
  expect(split.copies).toEqual([])
  expect(split.folders).toContain('bin')
  expect(split.mounts).toContainEqual({ source: '/bin', target: '/bin', type: 'none', options: 'rbind,ro' })
})

test('a Node binary in somebody’s home is seen at its fixed place, and nothing else of the home is', () => {
  const tree = planRoot(host({ '/usr': 'folder', '/home': 'folder', [NODE[0]!.source]: 'file' }), NODE, false)
  expect(tree.files).toContain('opt/knet/bin/node')
  const fromHome = tree.mounts.filter((mount) => mount.source.startsWith('/home'))
  expect(fromHome).toEqual([{ ...NODE[0], type: 'none', options: 'rbind,ro' }])
})

test('the tunnel device is there only where it can be had', () => {
  expect(planRoot(host({}), [], true).files).toContain('dev/net/tun')
  expect(planRoot(host({}), [], false).files).not.toContain('dev/net/tun')
})

const MOUNTINFO = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 8:2 / /usr rw,nodev,relatime shared:2 - ext4 /dev/sda2 rw
31 22 8:3 / /usr/local rw,nosuid,nodev,noatime shared:3 - ext4 /dev/sda3 rw
32 22 8:4 / /usrx rw,noexec shared:3 - ext4 /dev/sda3 rw
`

test('flags that a user namespace may not drop are repeated for the read-only remount', () => {
  expect(stickyFlags(MOUNTINFO, '/etc/ssl')).toEqual([])
  expect(stickyFlags(MOUNTINFO, '/usr')).toEqual(['nodev'])
  expect(stickyFlags(MOUNTINFO, '/usr/local/bin/node')).toEqual(['nosuid', 'nodev'])
  const tree = planRoot(host({ '/usr': 'folder' }, MOUNTINFO), [], false)
  expect(tree.mounts[0]?.options).toBe('rbind,ro,nodev')
})

test('paths with spaces survive fstab', () => {
  const table = formatFstab([{ source: '/a b', target: '/c\\d', type: 'none', options: 'bind' }])
  expect(table).toBe('/a\\040b /c\\134d none bind 0 0\n')
})
