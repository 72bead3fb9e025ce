import { expect, test } from 'vitest'
import { nameObstacle } from '../../../src/drivers/sandbox/userns.ts'

const NS = { '/proc/self/ns/user': '', '/proc/sys/user/max_user_namespaces': '1000' }

function obstacle(files: Record<string, string>, isRoot = false) {
  return nameObstacle({ isRoot, read: (path) => files[path] })
}

test.each([
  ['a kernel without them', {}, 'CONFIG_USER_NS'],
  ['a limit of 0', { ...NS, '/proc/sys/user/max_user_namespaces': '0' }, 'user.max_user_namespaces=15000'],
  [
    'Debian’s old switch',
    { ...NS, '/proc/sys/kernel/unprivileged_userns_clone': '0' },
    'sysctl -w kernel.unprivileged_userns_clone=1',
  ],
  [
    'Ubuntu’s AppArmor',
    { ...NS, '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1' },
    'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  [
    'Docker’s seccomp filter',
    { ...NS, '/proc/self/status': 'Name:\tnode\nSeccomp:\t2\n' },
    'seccomp=unconfined',
  ],
  ['something unknown', NS, 'sudo knet-labs'],
])('%s is named with what allows user namespaces', (_title, files, fix) => {
  expect(obstacle(files).fix).toContain(fix)
})

test('what restricts only others than root is not what keeps root from it', () => {
  const files = { ...NS, '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1' }
  expect(obstacle(files, true).what).not.toContain('AppArmor')
})
