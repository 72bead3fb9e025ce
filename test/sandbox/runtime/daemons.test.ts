import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { BELOW_A_MOUNT, runInHolder, STARTERS } from '../../helpers/holder.ts'

interface Seen {
  readonly installed: number
  readonly conf: string
  readonly notReady: { exitCode: number; output: string }
  readonly ready: { exitCode: number; output: string }
  readonly mounts: { exitCode: number; output: string }
  readonly asideLog: string[]
  readonly firstLog: string[]
  readonly firstEnd: number
  readonly failed: number
  readonly log: string[]
  readonly events: string[]
  readonly onNode: string
}

describe.each([...STARTERS, ...BELOW_A_MOUNT])(
  'containers whose work is done elsewhere, started by %s',
  (starter) => {
    let seen: Seen
    beforeAll(async () => {
      const { stdout, stderr } = await runInHolder(join(import.meta.dirname, 'daemons-program.ts'), starter)
      expect(stderr).toBe('')
      seen = JSON.parse(stdout) as Seen
    })

    test('the daemon works from the container’s start to its end, and for one container at a time', () => {
      const image = 'docker.io/calico/node:v3.23.5'
      expect(seen.events).toEqual([
        `start first ${image}`,
        'stopping first',
        'stopped first',
        `start second ${image}`,
        'stopping second',
        'stopped second',
      ])
    })

    test('the container prints what the daemon says, and ends when that fails or SIGTERM comes', () => {
      expect(seen.firstLog).toEqual(['stdout: two', 'stdout: lines', 'stdout: and $more `than` that'])
      expect(seen.log).toEqual(['stdout: it is over'])
      expect(seen.failed).toBe(1)
      expect(seen.firstEnd).toBe(0)
      expect(seen.asideLog).toEqual(['stdout: only this'])
    })

    test('health checks inside find what the daemon reports, in calico/node’s words', () => {
      expect(seen.notReady).toEqual({
        exitCode: 1,
        output: 'calico/node is not ready: felix is not ready: readiness probe reporting 503\n',
      })
      expect(seen.ready.output).toMatch(
        /^calico\/node is not ready: BIRD is not ready: unable to connect to BIRDv4 socket: /,
      )
    })

    test('files of the node that are missing are made as files; what can’t be made is an empty folder', () => {
      expect(seen.mounts).toEqual({ exitCode: 0, output: '' })
      expect(seen.onNode).toMatch(/^-rw.* \/run\/xtables\.lock\nx\n$/)
    })

    test('calico/cni’s install fills the configuration in, and leaves a kubeconfig that others can’t read', () => {
      expect(seen.installed).toBe(0)
      expect(seen.conf).toContain(
        '10-calico.conflist\ncalico-kubeconfig\n{"nodename": "node0", "mtu": 0, "k": "/etc/cni/net.d/calico-kubeconfig"}600\n',
      )
      expect(seen.conf).toContain('certificate-authority-data: YXV0aG9yaXR5Cg==\n')
      expect(seen.conf).toContain('    token: secret\n')
    })
  },
)
