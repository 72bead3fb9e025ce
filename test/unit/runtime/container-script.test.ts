import { expect, test } from 'vitest'
import type { ContainerSpec } from '../../../src/kube/kubelet/runtime.ts'
import { rootFstab, volumeFstab } from '../../../src/runtime/container-mounts.ts'
import { commandOf, type ContainerPlan } from '../../../src/runtime/container-plan.ts'
import { containerScript } from '../../../src/runtime/container-script.ts'
import { image } from '../../../src/workloads/image-base.ts'

const IMAGE = image('test', { entrypoint: ['/entry'], cmd: ['default'] })

function spec(overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  const none = {
    env: {},
    files: [],
    mounts: [],
    privileged: false,
    tty: false,
    stdin: false,
    stdinOnce: false,
  }
  return { name: 'c', image: 'test', logPath: '/var/log/pods/x/c/0.log', ...none, ...overrides }
}

function plan(
  overrides: Partial<ContainerSpec> = {},
  env: Record<string, string> = { PATH: '/bin' },
): ContainerPlan {
  return {
    folder: '/run/knet/containers/1',
    template: '/run/knet/templates/base',
    spec: spec(overrides),
    sandbox: {
      namespace: 'default',
      name: 'p',
      uid: 'u',
      hostname: 'p',
      hostNetwork: false,
      resolvConf: '',
      hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }],
      hostPorts: [],
    },
    ip: '10.42.0.2',
    image: IMAGE,
    environment: env,
  }
}

test.each([
  [{}, ['/entry', 'default']],
  [{ args: ['x'] }, ['/entry', 'x']],
  [{ command: ['/c'] }, ['/c']],
  [{ command: ['/c'], args: ['x'] }, ['/c', 'x']],
])(
  'with %o in the pod the command is %o, as the table of the Kubernetes documentation has it',
  (given, argv) => {
    expect(commandOf(spec(given), IMAGE)).toEqual(argv)
  },
)

test('words and values are quoted, so that nothing in a manifest is taken for shell', () => {
  const script = containerScript(
    plan({ command: ['/c', `$(reboot) 'x'`] }, { A: '`reboot`; $B', PATH: '/bin' }),
  )
  expect(script).toContain(`export A='\`reboot\`; $B' PATH=/bin`)
  expect(script).toContain(`exec /c '$(reboot) '\\''x'\\''' 6>&-`)
})

test('an environment with a name that no shell knows is set by env', () => {
  expect(containerScript(plan({}, { 'my.var': '1' }))).toContain('exec env -i my.var=1 /entry default')
})

test("/etc/hosts is the kubelet's, with the aliases of the pod", () => {
  const script = containerScript(plan())
  expect(script).toContain('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n')
  expect(script).toContain('10.42.0.2\tp\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n')
})

test('paths of files and volumes cannot leave the container', () => {
  const climbing = plan({
    files: [{ path: '/a/../../../etc/shadow', content: 'x' }],
    mounts: [{ hostPath: '/srv', mountPath: '../../../root', readOnly: true }],
  })
  expect(containerScript(climbing)).toContain('printf %s x >/etc/shadow')
  expect(volumeFstab(climbing)).toBe('/srv /run/knet/containers/1/root/root none rbind,ro,nofail 0 0\n')
})

test("a container with a volume below /usr gets an overlay there instead of the node's own /usr", () => {
  const mount = { hostPath: '/srv/my site', mountPath: '/usr/share/nginx/html', readOnly: false }
  expect(rootFstab(plan())).toContain('/usr /run/knet/containers/1/root/usr none rbind 0 0')
  expect(rootFstab(plan({ mounts: [mount] }))).toContain(
    'overlay /run/knet/containers/1/root/usr overlay lowerdir=',
  )
  expect(volumeFstab(plan({ mounts: [mount] }))).toContain('/srv/my\\040site ')
})
