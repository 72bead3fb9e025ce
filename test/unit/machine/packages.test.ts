import { expect, test } from 'vitest'
import {
  findProgram,
  installCommand,
  packageOf,
  planInstall,
  type PackageHost,
} from '../../../src/machine/packages.ts'
import { FOR_ROOT, FOR_USERS, TOOLS } from '../../../src/drivers/sandbox/tools.ts'

const debian: PackageHost = {
  manager: 'apt',
  distribution: 'debian',
  isRoot: true,
  hasSudo: true,
  hasSystemd: true,
  staleLists: false,
}

test('only what is missing is installed, each package once, without a question', () => {
  expect(planInstall(['tshark', 'dumpcap', 'conntrack'], debian)).toEqual({
    packages: ['conntrack', 'tshark'],
    commands: [
      'env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends conntrack tshark'.split(
        ' ',
      ),
    ],
  })
})

test('others than root use sudo, and stale lists are refreshed first', () => {
  const plan = planInstall(['curl'], { ...debian, isRoot: false, staleLists: true })
  expect(plan?.commands.map((argv) => argv.slice(0, 3).join(' '))).toEqual([
    'sudo apt-get update',
    'sudo env DEBIAN_FRONTEND=noninteractive',
  ])
})

test('where there is no sudo, su asks for the password of root', () => {
  const bare = { ...debian, isRoot: false, hasSudo: false }
  expect(planInstall(['curl'], bare)?.commands[0]?.slice(0, 2)).toEqual(['su', '-c'])
  expect(installCommand('curl', bare)).toMatch(/^su -c 'env .* curl'$/)
})

test('Debian does not start a BIRD on the host because labs want its program', () => {
  const commands = (host: PackageHost) =>
    planInstall(['bird', 'ipset'], host)?.commands.map((argv) => argv.join(' '))
  const install =
    'env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends bird2 ipset'
  expect(commands(debian)).toEqual(['systemctl mask bird.service', install])
  expect(commands({ ...debian, hasSystemd: false })).toEqual([
    install,
    'sh -c service bird stop; update-rc.d bird disable',
  ])
  expect(commands({ ...debian, manager: 'dnf' })).toEqual(['dnf install --assumeyes bird ipset'])
  expect(installCommand('bird', { ...debian, isRoot: false })).toMatch(
    /^sudo systemctl mask .* && sudo env .* bird2$/,
  )
})

test('there is no plan for nothing, nor for what no package brings', () => {
  expect(planInstall([], debian)).toBeUndefined()
  expect(planInstall(['user namespaces'], debian)).toBeUndefined()
  expect(planInstall(['curl'], { ...debian, manager: undefined })).toBeUndefined()
})

test('Ubuntu has kubectl as a snap only', () => {
  const ubuntu = { ...debian, distribution: 'ubuntu' }
  expect(packageOf('kubectl', ubuntu)).toBeUndefined()
  expect(installCommand('kubectl', ubuntu)).toContain('snap install kubectl')
  expect(installCommand('kubectl', debian)).toContain('kubernetes-client')
})

test.each(['apt', 'dnf', 'apk', 'pacman', 'zypper'] as const)(
  '%s has a package for every tool that is required',
  (manager) => {
    const required = [...TOOLS, FOR_ROOT, FOR_USERS].filter((tool) => tool.required)
    const without = required.filter((tool) => !packageOf(tool.name, { ...debian, manager }))
    expect(without).toEqual([])
  },
)

test('a PATH with a file or nothing where a folder should be does not keep programs from being found', () => {
  expect(findProgram('sh', `${process.execPath}:/nowhere:`)).toMatch(/\/sh$/)
  expect(findProgram('no-such-program', process.execPath)).toBeUndefined()
})
